"""One call to a live server: its status, body, and how long it took."""

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

_BOUNDARY = "asked-4f1a"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``body`` is the JSON of it, None where it is none."""

    status: int
    body: Any
    took_s: float
    content_type: str

    @property
    def code(self) -> str:
        """The problem's code, or nothing."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


def ask(
    port: int, method: str, path: str, body: bytes | object = b"", *, timeout_s: float = 60, **headers: str
) -> Answer:
    """The answer of the server on that loopback port; a body that is no bytes is sent as JSON.

    Names of headers are given with underscores. Raises OSError where there is no answer in time.
    """
    sent = {"Host": "localhost", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    started_s = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, path, data, sent)
        response = connection.getresponse()
        content, kind = response.read(), response.getheader("Content-Type") or ""
        took_s = time.monotonic() - started_s
        return Answer(response.status, json.loads(content) if "json" in kind else None, took_s, kind)
    finally:
        connection.close()


def upload(port: int, package: bytes, **headers: str) -> Answer:
    """The answer to an import of that zip."""
    disposition = 'Content-Disposition: form-data; name="file"; filename="package.zip"'
    head = f"--{_BOUNDARY}\r\n{disposition}\r\nContent-Type: application/zip\r\n\r\n"
    form = head.encode() + package + f"\r\n--{_BOUNDARY}--\r\n".encode()
    kind = {"Content_Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    return ask(port, "POST", "/api/v1/model-management/import", form, **kind, **headers)
