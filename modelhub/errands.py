"""Pieces of database work done by a few helper threads, so that whoever wants the result need not wait."""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from django.db import close_old_connections

Found = TypeVar("Found")


class TooLate(Exception):
    """The work did not come back in time, or no helper was there to begin with it."""


class Errands:
    """At most ``most`` daemon threads, started when there is work; each keeps a connection of its own."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.start_afresh()

    def start_afresh(self) -> None:
        """No thread and no work is known: for a forked process, which has no thread of its parent."""
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._unfinished = self._held_up = 0

    def within(self, seconds: float, work: Callable[[], Found]) -> Found:
        """What ``work`` answers or raises; TooLate after ``seconds``, at once where every thread is held up.

        Work that nobody began with by then is never done; what has begun goes on, unheard.
        """
        errand: Future[Found] = Future()
        self._hand_over(errand, _in_context(work))
        try:
            return errand.result(seconds)
        except TimeoutError:
            if errand.done():
                return errand.result()  # it came at the last moment, or raised a timeout of its own
            self._give_up(errand)
            raise TooLate from None

    def _hand_over(self, errand: Future[Any], work: Callable[[], Any]) -> None:
        with self._lock:
            if self._held_up >= self._most:
                raise TooLate
            self._unfinished += 1
            if self._threads < min(self._unfinished, self._most):
                self._threads += 1
                name = f"database-errands-{self._threads}"
                threading.Thread(target=self._run, args=(self._waiting,), name=name, daemon=True).start()
        self._waiting.put((errand, work))

    def _give_up(self, errand: Future[Any]) -> None:
        if not errand.cancel():
            self._count(held_up=1)
            errand.add_done_callback(lambda _: self._count(held_up=-1))

    def _run(self, waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]]]) -> None:
        while True:
            errand, work = waiting.get()
            if errand.set_running_or_notify_cancel():
                _do(errand, work)
            self._count(unfinished=-1)

    def _count(self, *, held_up: int = 0, unfinished: int = 0) -> None:
        with self._lock:
            self._held_up += held_up
            self._unfinished += unfinished


def _in_context(work: Callable[[], Found]) -> Callable[[], Found]:
    """The work with the caller's request id and address, which log lines tell."""
    context = contextvars.copy_context()
    return lambda: context.run(work)


def _do(errand: Future[Any], work: Callable[[], Any]) -> None:
    try:
        close_old_connections()
        found = work()
    except BaseException as error:
        errand.set_exception(error)
    else:
        errand.set_result(found)
    finally:
        close_old_connections()
