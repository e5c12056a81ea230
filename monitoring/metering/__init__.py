"""Counting what is scored: one call for each request, one row for each minute, never lost unnoticed.

:func:`record` is the whole interface of scoring. The process's meters come into being with the first
record and end with the process; a forked child begins its own.
"""

import os
import threading

from modelhub import conf
from monitoring.metering.contract import Observation
from monitoring.metering.process import Metering

_making = threading.Lock()
_metering: Metering | None = None


def record(observation: Observation) -> None:
    """The request is part of its version's metrics within a second; nothing where METRICS is off."""
    if conf.flag("METRICS"):
        _of_this_process().record(observation)


def start() -> None:
    """Meters run in this process from now on, and settle the accounts of processes that are gone."""
    if conf.flag("METRICS"):
        _of_this_process()


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
