"""A bounded queue of sightings and the thread that empties it into the database, many requests at a time."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import util

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from monitoring.recording import Recorded, Run

log = logging.getLogger(__name__)
MOST_ROWS = 20_000  # that wait for the database; what comes then is lost, and counted
MOST_CHARACTERS = 32 * 1024 * 1024  # of their messages
ROWS_AT_ONCE = 1_000
STUCK_S = 0.9
RETRY_S = 0.5
IDLE_S = 5.0  # then the thread ends and its connection with it
END_S = 4.0
# The database is away, full, locked or slow: the rows themselves are not at fault, so they stay.
_PASSING = (OperationalError, InterfaceError, OSError)

Write = Callable[[Sequence[Run]], list[Recorded]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the sightings of one run.

    ``recorded`` counts what has its row; ``waiting`` will get one, ``lost`` found no place in the queue
    and ``refused`` none in the database.
    """

    recorded: Recorded = field(default_factory=Recorded)
    waiting: int = 0
    lost: int = 0
    refused: int = 0


@dataclass(eq=False, slots=True)
class _Ticket:
    run: Run
    rows: int
    characters: int
    is_settled: threading.Event = field(default_factory=threading.Event)
    kept: Kept | None = None

    def settle(self, kept: Kept) -> None:
        self.kept = kept
        self.is_settled.set()


class AnomalyQueue:
    """Runs that wait to be written by ``write``, which takes several at once; any thread may add to it."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._tickets: deque[_Ticket] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_ending = False
        self._busy_since_s: float | None = None
        self._problem = ""
        self._characters = 0
        self.waiting = 0
        self.lost = 0
        # Also run where atexit is not: in the forked workers of the web server.
        self._finalizer = util.Finalize(None, self.end, exitpriority=100)

    def keep(self, run: Run, *, wait_s: float) -> Kept:
        """What became of the run after at most ``wait_s``, at once while the database is stuck."""
        ticket = _Ticket(run, len(run.sightings), sum(len(one.message) for one in run.sightings))
        with self._changed:
            is_last_call = self._is_ending
            if not is_last_call:
                if not self._has_room(ticket):
                    self._lose(ticket)
                    return Kept(lost=ticket.rows)
                self._put(ticket)
                patience_s = 0.0 if self._is_stuck() else wait_s
        if is_last_call:  # the thread is gone, or about to go
            return Kept(self._write([run])[0])
        ticket.is_settled.wait(patience_s)
        return ticket.kept or Kept(waiting=ticket.rows)

    def end(self) -> None:
        """Everything is written, or lost and said so where the database does not answer now."""
        with self._changed:
            self._is_ending = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join(END_S)
        self._finalizer.cancel()
        with self._changed:
            if self.waiting:
                self.lost += self.waiting
                log.error("anomalies were not stored before the process ended", extra={"rows": self.waiting})

    def abandon(self) -> None:
        """Nothing is written any more."""
        self._finalizer.cancel()

    def _has_room(self, ticket: _Ticket) -> bool:
        characters = self._characters + ticket.characters
        return self.waiting + ticket.rows <= MOST_ROWS and characters <= MOST_CHARACTERS

    def _is_stuck(self) -> bool:
        since_s = self._busy_since_s
        return bool(self._problem) or (since_s is not None and time.monotonic() - since_s > STUCK_S)

    def _put(self, ticket: _Ticket) -> None:
        self._tickets.append(ticket)
        self.waiting += ticket.rows
        self._characters += ticket.characters
        if self._thread is None or not self._thread.is_alive():  # ended by what nobody foresaw
            self._thread = threading.Thread(target=self._run, name="anomalies", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _lose(self, ticket: _Ticket) -> None:
        if not self.lost:  # said once; the count goes on
            log.error("anomalies are lost: too many wait for the database", extra={"waiting": self.waiting})
        self.lost += ticket.rows

    def _run(self) -> None:
        try:
            while tickets := self._next():
                is_last_try = self._is_ending
                self._busy_since_s = time.monotonic()
                is_done = self._try(tickets)
                self._busy_since_s = None
                if is_last_try and not is_done:
                    return
                if not is_done:
                    self._rest()
        finally:
            connection.close()

    def _next(self) -> list[_Ticket]:
        """Some of what waits, oldest first; nothing where the thread is to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._tickets or self._is_ending, IDLE_S)
            taken: list[_Ticket] = []
            rows = 0
            for ticket in self._tickets:
                if taken and rows + ticket.rows > ROWS_AT_ONCE:
                    break
                taken.append(ticket)
                rows += ticket.rows
            if not taken:
                self._thread = None  # under the lock: whoever comes now starts another one
            return taken

    def _try(self, tickets: list[_Ticket]) -> bool:
        """False where the database does not take them now."""
        try:
            close_old_connections()
            recorded = self._write([ticket.run for ticket in tickets])
        except _PASSING as error:
            connection.close()
            self._say(type(error).__name__)
            return False
        except Exception:
            if len(tickets) > 1:  # one of them is at fault, and the others are to be stored
                return all(self._try([ticket]) for ticket in tickets)
            log.exception("anomalies were refused", extra={"run": tickets[0].run.name})
            self._take(tickets, [Kept(refused=tickets[0].rows)])
            self.lost += tickets[0].rows
            return True
        self._take(tickets, [Kept(one) for one in recorded])
        self._say("")
        return True

    def _take(self, tickets: list[_Ticket], kept: list[Kept]) -> None:
        with self._changed:
            for ticket, outcome in zip(tickets, kept, strict=True):
                self._tickets.popleft()
                self.waiting -= ticket.rows
                self._characters -= ticket.characters
                ticket.settle(outcome)

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_ending, RETRY_S)

    def _say(self, problem: str) -> None:
        if problem and not self._problem:
            log.warning("anomalies wait for the database", extra={"error": problem})
        elif self._problem and not problem:
            log.info("anomalies are stored again", extra={"waiting": self.waiting})
        self._problem = problem
