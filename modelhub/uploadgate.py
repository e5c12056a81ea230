"""The gate of package uploads: a few at a time, each in bounded time, so that slow senders hold no threads.

A body that comes a byte a second would otherwise keep a thread of the web server for days.
"""

import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from modelhub import conf
from modelhub.api import problems
from modelhub.errors import Code, InputInvalid, ModelhubError, Unavailable

AT_ONCE = 4  # uploads that a process receives
GRACE_S = 10.0
LEAST_BYTES_PER_S = 8 * 1024  # after the grace, on average
_PIECE = 16 * 1024

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class UploadGate:
    """A WSGI application in front of another; ``takes_packages`` tells paths to which packages are sent."""

    def __init__(self, application: Application, *, takes_packages: Callable[[str], bool]) -> None:
        self._application = application
        self._takes_packages = takes_packages
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer the request: 503 ``import_busy`` beyond the places, 408 ``upload_timeout`` when too slow."""
        if environ["REQUEST_METHOD"] != "POST" or not self._takes_packages(environ.get("PATH_INFO", "")):
            return self._application(environ, start_response)
        body = TimedBody(environ["wsgi.input"], self._places, total_s=conf.number("UPLOAD_SECONDS"))
        try:
            return self._application(environ | {"wsgi.input": body}, start_response)
        except ModelhubError as error:  # raised before Django was reached
            return _refusal(error, environ, start_response)
        finally:
            body.release()


class TimedBody:
    """A body of which every read is on time or raises; holds one of the places from its first read on.

    Raises InputInvalid (``upload_timeout``) where it comes too slowly, Unavailable (``import_busy``) where
    no place is free.
    """

    def __init__(self, source: Any, places: threading.BoundedSemaphore, *, total_s: float) -> None:
        self._source, self._places, self._total_s = source, places, total_s
        self._started_s = 0.0
        self._received = 0
        self._wanted: SimpleQueue[int] | None = None
        self._come: SimpleQueue[bytes | BaseException] = SimpleQueue()

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, all of the rest where it is negative; empty at the end."""
        pieces = []
        while size != 0 and (piece := self._piece(_PIECE if size < 0 else min(size, _PIECE))):
            pieces.append(piece)
            size -= len(piece) if size > 0 else 0
        return b"".join(pieces)

    def readline(self, size: int = -1) -> bytes:
        """At most ``size`` bytes up to and with the next line break; no package is read so."""
        line = bytearray()
        while len(line) != size and not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return bytes(line)

    def release(self) -> None:
        """The place is free again; nothing is read any more."""
        if self._wanted is not None:
            self._wanted.put(0)
            self._wanted = None
            self._places.release()

    def _piece(self, size: int) -> bytes:
        if self._wanted is None:
            self._begin()
        assert self._wanted is not None
        self._wanted.put(size)
        due_s = min(self._total_s, GRACE_S + self._received / LEAST_BYTES_PER_S)
        try:
            found = self._come.get(timeout=max(self._started_s + due_s - time.monotonic(), 0.001))
        except Empty:
            raise InputInvalid(
                Code.UPLOAD_TIMEOUT, "The upload came too slowly and was given up. Nothing was kept."
            ) from None
        if isinstance(found, BaseException):
            raise found
        self._received += len(found)
        return found

    def _begin(self) -> None:
        if not self._places.acquire(blocking=False):
            raise Unavailable(Code.IMPORT_BUSY, "Other packages are being received. Try again in a moment.")
        self._started_s = time.monotonic()
        self._wanted = SimpleQueue()
        work = (self._source, self._wanted, self._come)
        threading.Thread(target=_fetch, args=work, name="upload", daemon=True).start()


def _fetch(source: Any, wanted: SimpleQueue[int], come: SimpleQueue[bytes | BaseException]) -> None:
    """Reads what is wanted until that is nothing: the server's own read cannot be interrupted."""
    while size := wanted.get():
        try:
            come.put(source.read(size))
        except BaseException as error:
            come.put(error)
            return


def _refusal(error: ModelhubError, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    body = problems.problem(error.code, error.detail, instance=environ.get("PATH_INFO", ""))
    status = HTTPStatus(body["status"])
    headers = [("Content-Type", problems.CONTENT_TYPE), ("Connection", "close")]
    start_response(f"{status.value} {status.phrase}", headers)
    return [msgspec.json.encode(body)]
