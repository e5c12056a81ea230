"""Credentials as bytes on a socket, through the real web server: what no test client can send."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.live import Hub, hub

USER = (
    "from django.contrib.auth.models import Group, User;"
    "User.objects.create(username='robot').groups.add(Group.objects.get(name='client')); print('null')"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, str]]:
    """A hub without models, in the development profile, and a token of a client."""
    folder = tmp_path_factory.mktemp("live")
    served = hub(folder / "home", FAILED_LOGINS="30/min", THROTTLE_READ="0", MODELHUB_PROFILE="development")
    served.manage("migrate", "--verbosity", "0")
    served.python(USER)
    token = json.loads(served.manage("createtoken", "robot", "--name", "live", "--json"))["token"]
    with served.serving(workers=1, log=folder / "web.log"):
        yield served, token


def _ask(served: Hub, *headers: bytes, path: bytes = b"/api/v1/models/analyze") -> tuple[int, bytes]:
    """Status and everything received for one POST of an empty list with those header lines."""
    head = [
        b"POST " + path + b" HTTP/1.1",
        b"Host: localhost",
        b"Connection: close",
        b"Content-Type: application/json",
        b"Content-Length: 2",
        *headers,
    ]
    with socket.create_connection(("127.0.0.1", served.port), 30) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n[]")
        data = b""
        try:
            while piece := connection.recv(65_536):
                data += piece
        except ConnectionResetError:  # the server may close before it has read all of a refused head
            pass
    return int(data[9:12]), data


WRONG = {
    "garbage": b"Bearer garbage",
    "not UTF-8": b"Bearer \xff\xfe\xfd" + b"0" * 60,
    "half a character": b"Bearer \xc3" + b"0" * 63,
    "UTF-8 beyond ASCII": "Bearer ключ".encode() + b"0" * 50,
    "100 KB": b"Bearer " + b"a" * 100_000,
    "empty": b"",
    "other scheme": b"Basic eDp5",
}


@pytest.mark.slow
@pytest.mark.parametrize("case", WRONG)
def test_wrong_bytes_are_a_401_and_no_loopback_caller(served: tuple[Hub, str], case: str) -> None:
    status, data = _ask(served[0], b"Authorization: " + WRONG[case])
    assert status == 401, data[:300]
    assert b'"not_authenticated"' in data


@pytest.mark.slow
def test_a_nul_never_reaches_the_hub(served: tuple[Hub, str]) -> None:
    status, _ = _ask(served[0], b"Authorization: Bearer \x00" + b"0" * 63)
    assert status in {400, 401}


@pytest.mark.slow
def test_a_token_is_let_in(served: tuple[Hub, str]) -> None:
    status, data = _ask(served[0], b"Authorization: Bearer " + served[1].encode())
    assert status == 503  # let in: there is just no model yet
    assert b'"no_model_loaded"' in data


@pytest.mark.slow
def test_the_loopback_caller_is_let_in(served: tuple[Hub, str]) -> None:
    assert _ask(served[0])[0] == 503


@pytest.mark.slow
def test_a_revoked_token_is_refused_within_seconds(served: tuple[Hub, str]) -> None:
    data = json.loads(served[0].manage("createtoken", "robot", "--name", "short", "--json"))
    header = b"Authorization: Bearer " + data["token"].encode()
    assert _ask(served[0], header)[0] == 503
    served[0].manage("revoketoken", data["key"])
    until_s = time.monotonic() + 3  # each process remembers for a second, on a machine with other work
    while _ask(served[0], header)[0] != 401 and time.monotonic() < until_s:
        time.sleep(0.1)
    assert [_ask(served[0], header)[0] for _ in range(5)] == [401] * 5
