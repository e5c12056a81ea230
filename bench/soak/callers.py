"""Callers that ask at a steady pace and write down every answer."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

IDLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Request:
    """One call and the statuses that are right for it; ``on_body`` is given the body of a right answer."""

    method: str
    path: str
    body: bytes = b""
    right: frozenset[int] = frozenset({200})
    content_type: str = "application/json"
    token: str = ""
    on_body: Callable[[bytes], None] | None = None


@dataclass
class Book:
    """What all callers of one kind were told: (seconds since the begin, seconds it took) of right answers."""

    took: list[tuple[float, float]] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    uncertain: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Caller:
    """One thread with one connection; a call that takes longer than the pace makes the next one late."""

    def __init__(self, port: int, book: Book, *, every_s: float, wish: Callable[[], Request | None]) -> None:
        self._port, self._book, self._every_s, self._wish = port, book, every_s, wish
        self._connection: http.client.HTTPConnection | None = None
        self._used_s = 0.0

    def run(self, end: threading.Event, started_s: float) -> None:
        """Ask until ``end`` is set; ``started_s`` is monotonic."""
        due = time.monotonic()
        while not end.wait(max(due - time.monotonic(), 0.0)):
            due = max(due + self._every_s, time.monotonic() - self._every_s)
            try:
                if (request := self._wish()) is not None:
                    self._ask(request, started_s)
            except Exception as error:  # a wish of several steps failed
                with self._book.lock:
                    self._book.wrong[f"{type(error).__name__}: {error}"[:300]] += 1

    def _ask(self, request: Request, started_s: float) -> None:
        sent_s = time.monotonic()
        answer = self._exchanged(request)
        took_s = time.monotonic() - sent_s
        with self._book.lock:
            if answer is None:
                self._book.uncertain += 1
                self._book.wrong["no answer"] += 1
            elif answer[0] in request.right:
                self._book.took.append((sent_s - started_s, took_s))
                if request.on_body is not None:
                    request.on_body(answer[1])
            else:
                said = answer[1][:200].decode(errors="replace")
                self._book.wrong[f"{request.method} {request.path}: {answer[0]} {said}"] += 1

    def _exchanged(self, request: Request) -> tuple[int, bytes] | None:
        headers = {"Content-Type": request.content_type}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
        if time.monotonic() - self._used_s > IDLE_S and self._connection is not None:
            self._connection.close()  # the server may be about to close it
            self._connection = None
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._connection.request(request.method, request.path, request.body, headers)
            response = self._connection.getresponse()
            body = response.read()
            self._used_s = time.monotonic()
            return response.status, body
        except (OSError, http.client.HTTPException):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return None
