"""A lap of the load generator counts good answers alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.http import wrk
from tests.receivers import Receiver, receiver

pytestmark = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
BODIES = [b'{"a": 1}', b'{"b": "]==]"}']


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def _lap(server: Receiver, folder: Path) -> wrk.Lap:
    port = int(server.url.split(":")[2].partition("/")[0])
    target = wrk.target(folder, port, "/hook", {"X-A": "b: c"}, BODIES)
    return wrk.lap(target, connections=2, seconds=1)


def test_bodies_and_headers_arrive_as_they_are(server: Receiver, tmp_path: Path) -> None:
    assert _lap(server, tmp_path).requests_per_s > 0
    assert {body for _headers, body in server.calls} == set(BODIES)
    assert server.calls[0][0]["X-A"] == "b: c"


def test_refused_requests_are_errors_and_no_rate(server: Receiver, tmp_path: Path) -> None:
    server.statuses = [503]
    lap = _lap(server, tmp_path)
    assert (lap.requests_per_s, lap.errors > 0) == (0, True)


def test_an_address_that_nobody_serves_is_said(tmp_path: Path) -> None:
    nobody = wrk.target(tmp_path, 1, "/", {}, BODIES)
    with pytest.raises(OSError, match="wrk"):
        wrk.lap(nobody, connections=1, seconds=1)
