"""``welcome`` waits patiently for a server that is not ready."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from inference.management.commands import welcome


def test_a_server_that_answers_with_a_fault_is_asked_again_with_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(503)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Busy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(welcome, "_PATIENCE_S", 0.7)
    try:
        assert not welcome._answers("127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
    assert 1 <= len(asked) <= 4
