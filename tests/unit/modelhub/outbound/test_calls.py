"""Calls against real sockets: what a server can do wrong ends by its deadline, in one of three words."""

import hashlib
import io
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NoReturn

import pytest

from modelhub.errors import Code, ModelhubError
from modelhub.outbound import Caps, download, fetch
from tests.fakes.serving import serving
from tests.fakes.training_service import Mode, TrainingService, training_service

SHORT = Caps(total_s=0.6, bytes=100_000, connect_s=0.3, silence_s=0.5)


@pytest.fixture
def service() -> Iterator[TrainingService]:
    with training_service() as running:
        yield running


@contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """A server that says exactly these bytes to its one caller, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def fault(url: str, caps: Caps = SHORT, **more: Any) -> ModelhubError:
    with pytest.raises(ModelhubError) as caught:
        fetch("GET", url, caps=caps, **more)
    return caught.value


def test_an_answer_of_any_status_comes_back(service: TrainingService) -> None:
    reply = fetch("GET", f"{service.url}/api/models/none", caps=SHORT)
    assert (reply.status, reply.headers["content-type"]) == (404, "application/json")
    assert b"not found" in reply.body


def test_the_host_header_names_host_and_port(service: TrainingService) -> None:
    fetch("GET", f"{service.url}/api/models/", caps=SHORT)
    assert service.headers["Host"] == service.url.removeprefix("http://")


def test_headers_and_body_of_the_caller_arrive() -> None:
    class Echo(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body + self.headers["X-Signature"].encode())

    with serving(Echo) as url:
        reply = fetch("POST", url, headers={"X-Signature": "s"}, body=b"event", caps=SHORT)
    assert reply.body == b"events"


@pytest.mark.parametrize(
    "mode", [Mode.DRIPS_BODY, Mode.DRIPS_HEADERS, Mode.SILENT], ids=lambda mode: str(mode.value)
)
def test_a_slow_sender_is_ended_by_the_deadline(service: TrainingService, mode: Mode) -> None:
    service.mode = mode
    started = time.monotonic()
    error = fault(f"{service.url}/api/models/", Caps(total_s=0.5, silence_s=0.3))
    assert error.code is Code.SOURCE_UNAVAILABLE
    assert time.monotonic() - started < 2


def test_a_dripping_handshake_is_ended_by_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            caller, _ = listener.accept()
            with caller:
                for byte in b"\x16\x03\x03\x3f\x00" + b"a" * 500:
                    try:
                        caller.send(bytes([byte]))
                    except OSError:
                        return
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        started = time.monotonic()
        error = fault(f"https://127.0.0.1:{listener.getsockname()[1]}/", Caps(total_s=0.5, silence_s=5))
    assert error.code is Code.SOURCE_UNAVAILABLE
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "mode",
    [Mode.REDIRECTS, Mode.OVERSIZED, Mode.ENDLESS, Mode.CUT_SHORT, Mode.COMPRESSED],
    ids=lambda mode: str(mode.value),
)
def test_an_answer_that_lies_is_not_used(service: TrainingService, mode: Mode) -> None:
    service.mode = mode
    assert fault(f"{service.url}/api/models/").code is Code.SOURCE_INVALID


@pytest.mark.parametrize(
    "answer",
    [
        b"hello",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
    ids=["word", "status", "other-protocol", "many-headers", "long-header", "bad-chunk", "short-chunk"],
)
def test_what_is_not_http_is_not_used(answer: bytes) -> None:
    with raw_server(answer) as url:
        assert fault(url).code is Code.SOURCE_INVALID


def test_a_chunked_answer_is_read_to_its_end() -> None:
    with raw_server(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    ) as url:
        assert fetch("GET", url, caps=SHORT).body == b"abcde"


def test_a_closed_port_is_a_source_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert fault(f"http://127.0.0.1:{port}/").code is Code.SOURCE_UNAVAILABLE


def test_a_server_that_hangs_up_is_a_source_that_is_away() -> None:
    with raw_server(b"") as url:
        assert fault(url).code is Code.SOURCE_UNAVAILABLE


def test_the_name_is_resolved_once_and_that_address_is_called(
    service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", _only_names(rebinding))
    port = service.url.rpartition(":")[2]
    reply = fetch("GET", f"http://rebind.example.org:{port}/api/models/", caps=SHORT, allow_private=True)
    assert (reply.status, asked) == (200, ["rebind.example.org"])
    assert service.headers["Host"] == f"rebind.example.org:{port}"


def test_the_next_address_is_tried_where_one_refuses(
    service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", _only_names(lambda *args, **kwargs: found))
    port = service.url.rpartition(":")[2]
    reply = fetch("GET", f"http://two.example.org:{port}/api/models/", caps=SHORT, allow_private=True)
    assert reply.status == 200


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out"]
    subprocess.run(
        [*made, str(certificate), "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            caller, _ = listener.accept()
            with caller:
                try:
                    context.wrap_socket(caller, server_side=True)
                except (ssl.SSLError, OSError):
                    return

        threading.Thread(target=run, daemon=True).start()
        error = fault(f"https://127.0.0.1:{listener.getsockname()[1]}/", Caps(total_s=5))
    assert (error.code, "certificate" in error.detail) == (Code.SOURCE_INVALID, True)


def test_no_word_of_the_answer_reaches_the_message(service: TrainingService) -> None:
    service.mode = Mode.REDIRECTS
    assert "169.254" not in fault(f"{service.url}/api/models/").detail


def test_a_download_is_written_and_hashed(service: TrainingService) -> None:
    service.add("1", deployed=True)
    file = io.BytesIO()
    reply, digest = download(f"{service.url}/api/models/1/deployment-package", file)
    assert (reply.status, reply.body) == (200, b"")
    assert hashlib.sha256(file.getvalue()).hexdigest() == digest


def test_the_body_of_a_refusal_is_no_download(service: TrainingService) -> None:
    service.add("1", deployed=False)
    file = io.BytesIO()
    reply, digest = download(f"{service.url}/api/models/1/deployment-package", file)
    assert (reply.status, digest, file.getvalue()) == (400, "", b"")


def test_a_full_disk_is_not_blamed_on_the_source(service: TrainingService) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> NoReturn:
            raise OSError(28, "no space")

    service.add("1", deployed=True)
    with pytest.raises(OSError, match="no space"):
        download(f"{service.url}/api/models/1/deployment-package", Full())


def test_the_watch_ends_with_the_call(service: TrainingService) -> None:
    before = threading.active_count()
    for _ in range(5):
        fetch("GET", f"{service.url}/api/models/", caps=Caps(total_s=60))
    time.sleep(0.2)
    assert threading.active_count() <= before + 1


def _only_names(answer: Any) -> Any:
    """The resolver with another answer for names; numbers go the usual way."""
    real = socket.getaddrinfo

    def resolver(host: str, *args: Any, **kwargs: Any) -> Any:
        return real(host, *args, **kwargs) if host[:1].isdigit() else answer(host, *args, **kwargs)

    return resolver
