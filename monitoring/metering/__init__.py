"""Counting what is scored: one call for each request, one row for each minute, never lost unnoticed.

:func:`record` tells of what reached a version, :func:`rejected` of what did not, :func:`intake` of the log
records that came in, :func:`notified` of messages sent. The process's meters come into being with the first
record and end with the process; a forked child begins its own.
"""

import os
import threading
from collections.abc import Mapping

from modelhub import conf
from monitoring.exposition.book import Book
from monitoring.metering.contract import EMPTY, Observation
from monitoring.metering.process import Metering

_COUNTED = "_is_metered"
_making = threading.Lock()
_metering: Metering | None = None


def record(observation: Observation) -> None:
    """The request is part of its version's metrics within a second; nothing where METRICS is off."""
    if conf.flag("METRICS"):
        _of_this_process().record(observation)


def empty(version_id: int, endpoint: str) -> None:
    """One more request of ``endpoint`` was answered that had no rows to score, so that no meter has it."""
    if (book := _book()) is not None:
        book.request(Observation(version_id, 0.0, EMPTY, None, 0, endpoint=endpoint))


def rejected(endpoint: str, reason: str, *, error: BaseException | None = None) -> None:
    """One more request of ``endpoint`` (``analyze``, ``predict``) was answered with the code ``reason``.

    Does nothing where ``error`` was given to :func:`mark_counted`.
    """
    if not getattr(error, _COUNTED, False) and (book := _book()) is not None:
        book.rejected(endpoint, str(reason))


def mark_counted(error: BaseException) -> None:
    """The request that ``error`` ends is counted with its version: :func:`rejected` passes it over."""
    setattr(error, _COUNTED, True)


def intake(format_: str, received: int, rejected: Mapping[str, int] | None = None) -> None:
    """``received`` log records came in a wire format, of them unusable so many by code."""
    if (book := _book()) is not None:
        book.intake(format_, received, (rejected or {}).items())


def notified(channel: str, outcome: str) -> None:
    """One more try to send by that kind of channel ended as ``sent``, ``failed`` or ``given_up``."""
    if (book := _book()) is not None:
        book.notified(channel, outcome)


def start() -> None:
    """Meters run in this process, which serves, and settle the accounts of processes that are gone."""
    if conf.flag("METRICS"):
        _of_this_process().serve()


def drain() -> None:
    """What this process recorded so far is part of its numbers."""
    if _metering is not None:
        _metering.meter.drain()


def flush() -> None:
    """What this process recorded so far is in the database. Raises DatabaseError."""
    if _metering is not None:
        _metering.flush()


def forget() -> None:
    """Drop this process's meters with what they hold: for tests, and for a forked child."""
    global _metering, _making
    _making = threading.Lock()  # another thread may have held it at the moment of the fork
    known, _metering = _metering, None
    if known is not None:
        known.abandon()


def _book() -> Book | None:
    """Where this process counts what no meter counts; None where METRICS is off or the disk is full."""
    return _of_this_process().book if conf.flag("METRICS") else None


def _of_this_process() -> Metering:
    global _metering
    if _metering is None:
        with _making:
            if _metering is None:
                made = Metering()
                made.start()
                _metering = made
    return _metering


os.register_at_fork(after_in_child=forget)
