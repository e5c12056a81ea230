"""The meters of this process: made at the first record, written about every second, flushed at its end."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from multiprocessing import util

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from modelhub import conf
from monitoring import early_warning
from monitoring.exposition.book import Book
from monitoring.metering import learning, naming, recovery, spool, writing
from monitoring.metering.contract import Observation
from monitoring.metering.counters import Counters
from monitoring.metering.meter import Meter

log = logging.getLogger(__name__)
FLUSH_S = 0.75  # with the write itself a hard kill loses less than a second
RECOVER_S = 10.0


class Metering:
    """A meter with the thread that writes it."""

    def __init__(self) -> None:
        self.started_at: datetime = timezone.now()
        name = process_name()
        self.book: Book | None = None
        self.meter = Meter(name, _counters(name, self.started_at), counted=self._batch)
        self._is_serving = False
        self._writing = threading.Lock()
        self._ending = threading.Event()
        self._is_abandoned = False
        self._troubles: dict[str, str] = {}
        self._recovered_s = 0.0
        self._tried(self._open_book)
        # Also run where atexit is not: in the forked workers of the web server.
        self._finalizer = util.Finalize(None, self._at_exit, exitpriority=100)

    def start(self) -> None:
        """A thread writes what is recorded until the process ends."""
        threading.Thread(target=self._run, name="metering", daemon=True).start()

    def record(self, observation: Observation) -> None:
        """The request is counted; written at once where the process is ending and no later flush comes."""
        self.meter.record(observation)
        if self.book is not None:
            self.book.request(observation)
        if self._ending.is_set():
            self._tried(self.flush)

    def serve(self) -> None:
        """This process is a worker that serves, and says from now on what."""
        self._is_serving = True

    def flush(self) -> None:
        """Everything recorded before is in the database. Raises DatabaseError."""
        with self._writing:  # an older snapshot must never be written after a newer one
            writing.flush(self.meter, started_at=self.started_at, is_last=self._ending.is_set())
        if self.book is not None:
            naming.name_versions(self.book)

    def end(self) -> None:
        """The last flush; what the database does not take now lies beside the counts for the next process."""
        self._ending.set()
        counts = self.meter.counters
        if counts is None:
            self._tried(self.flush)
        elif self._tried(self.flush):
            counts.retire()
        else:
            self._tried(self._spool)

    def abandon(self) -> None:
        """Nothing is written any more, and the file of this process is let go of."""
        self._is_abandoned = True
        self._finalizer.cancel()
        if self.meter.counters is not None:
            self.meter.counters.abandon()
        if self.book is not None:
            self.book.close()

    def _at_exit(self) -> None:
        self.end()
        connections.close_all()

    def _run(self) -> None:
        while not self._ending.wait(FLUSH_S) and not self._is_abandoned:
            close_old_connections()
            self._tried(self._learn)
            self._tried(self.flush)
            self._tried(self._open_book)
            self._tried(self._tell)
            self._tried(self._warn)
            self._tried(self._recover)
            close_old_connections()

    def _learn(self) -> None:
        learning.learn(self.meter)

    def _open_book(self) -> None:
        self.book = self.book or Book(conf.exposition_root())

    def _tell(self) -> None:
        if self.book is not None and self._is_serving:
            self.book.serve(conf.hook("SERVING_TOLD")())

    def _batch(self, version_id: int, observations: Sequence[Observation]) -> None:
        if self.book is not None:
            self.book.batch(version_id, observations)

    def _spool(self) -> None:
        assert self.meter.counters is not None
        spool.save(self.meter, self.meter.counters.beside(spool.SUFFIX), started_at=self.started_at)

    def _warn(self) -> None:
        for version_id, (scores, anomalies) in self.meter.fresh().items():
            early_warning.feed(version_id, scores, anomalies)

    def _recover(self) -> None:
        if time.monotonic() - self._recovered_s >= RECOVER_S:
            self._recovered_s = time.monotonic()
            recovery.recover()

    def _tried(self, step: Callable[[], None]) -> bool:
        """True when the step was done; a failure is logged once until it changes, and nothing is dropped."""
        try:
            step()
        except Exception as error:
            found, known = type(error).__name__, self._troubles.get(step.__name__)
            self._troubles[step.__name__] = found
            if found != known:
                is_expected = isinstance(error, DatabaseError | OSError)
                facts = {"step": step.__name__.strip("_"), "error": found}
                log.warning("metrics wait for the next try", extra=facts, exc_info=not is_expected)
            return False
        self._troubles.pop(step.__name__, None)
        return True


def process_name() -> str:
    """Host, process id and start time: never equal for two processes, at most 64 characters."""
    suffix = f":{os.getpid()}:{time.time_ns() // 1_000_000}"
    return socket.gethostname()[: 64 - len(suffix)] + suffix


def _counters(name: str, started_at: datetime) -> Counters | None:
    try:
        return Counters(conf.metering_root(), name, started_s=started_at.timestamp())
    except OSError:
        log.error("a hard kill of this process would lose metrics uncounted: the folder cannot be written")
        return None
