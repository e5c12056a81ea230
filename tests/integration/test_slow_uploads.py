"""Senders that trickle a package hold no threads of the web server, and are told in bounded time."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from modelhub import uploadgate
from tests import live, packages
from tests.asking import ask, upload

pytestmark = pytest.mark.slow
HEAD = (
    b"POST /api/v1/model-management/import HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
    b"Content-Type: multipart/form-data; boundary=xx\r\n\r\n"
)
BEGINNING = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nPK'
LENGTHS = {"declared": b"Content-Length: 1000000", "chunked": b"Transfer-Encoding: chunked"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A hub with one web worker of eight threads."""
    folder = tmp_path_factory.mktemp("slow")
    hub = live.hub(folder / "home", THROTTLE_IMPORT="0")
    hub.prepare()
    with hub.serving(workers=1, log=folder / "web.log"):
        yield hub.port


def trickling(port: int, stack: ExitStack, length: bytes) -> socket.socket:
    """A connection on which the beginning of a package has come."""
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), 30))
    beginning = b"%x\r\n%s\r\n" % (len(BEGINNING), BEGINNING) if b"chunked" in length else BEGINNING
    connection.sendall(HEAD % length + beginning)
    return connection


def answer_of(connection: socket.socket) -> bytes:
    """Head and problem of the answer."""
    data = b""
    while not data.endswith(b"}") and (piece := connection.recv(4096)):
        data += piece
    return data


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS.keys())
def test_trickled_uploads_give_their_places_back_and_all_else_goes_on_meanwhile(
    port: int, length: bytes
) -> None:
    with ExitStack() as stack:
        started_s = time.monotonic()
        for _ in range(uploadgate.AT_ONCE):
            trickling(port, stack, length)
        time.sleep(0.5)
        further = [answer_of(trickling(port, stack, length)) for _ in range(8)]
        assert all(said.startswith(b"HTTP/1.1 503 ") and b"import_busy" in said for said in further)
        assert ask(port, "GET", "/health/live", timeout_s=5).status == 200
        while (answer := upload(port, b"no zip")).status == 503:
            assert time.monotonic() - started_s < uploadgate.GRACE_S + 1
            time.sleep(0.5)
        assert answer.status == 422


def test_a_sender_that_trickles_is_told_so(port: int) -> None:
    with ExitStack() as stack:
        started_s = time.monotonic()
        said = answer_of(trickling(port, stack, LENGTHS["declared"]))
        took_s = time.monotonic() - started_s
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"upload_timeout" in said
    assert took_s < uploadgate.GRACE_S + 1


def test_a_package_that_comes_at_once_is_imported(port: int) -> None:
    answer = upload(port, packages.zipped(packages.service_members("quick", seed=6)))
    assert answer.status == 201, answer
