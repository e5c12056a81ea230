"""Anomalies of concurrent requests, written by one thread so that scoring does not wait for the database.

:func:`keep` is the whole interface. The writer of a process comes into being with the first anomaly and
ends with the process; a forked child begins its own.
"""

import os
import threading

from django.db import connection

from monitoring.anomaly_queue import AnomalyQueue, Kept
from monitoring.recording import Run, record_runs

WAIT_S = 0.9  # so that an answer is there within a second

_making = threading.Lock()
_queue: AnomalyQueue | None = None


def keep(run: Run) -> Kept:
    """What became of the run's sightings, known within a second; what waits then is written later.

    Nobody waits while the database is known to be stuck. Inside a transaction of the caller the rows become
    part of it at once. Raises DatabaseError there only.
    """
    if not run.sightings:
        return Kept()
    if connection.in_atomic_block:
        return Kept(record_runs([run])[0])
    return _of_this_process().keep(run, wait_s=WAIT_S)


def lost() -> int:
    """How many anomalies this process could not keep so far."""
    return 0 if _queue is None else _queue.lost


def waiting() -> int:
    """How many anomalies of this process have no row yet."""
    return 0 if _queue is None else _queue.waiting


def end() -> None:
    """Everything kept so far is written, as far as the database answers; the next anomaly begins anew."""
    global _queue
    known, _queue = _queue, None
    if known is not None:
        known.end()


def _of_this_process() -> AnomalyQueue:
    global _queue
    queue = _queue
    if queue is None:
        with _making:
            queue = _queue = _queue or AnomalyQueue(record_runs)
    return queue


def _forget() -> None:
    """A forked child has no thread of its parent, and its parent writes what waits."""
    global _queue, _making
    _making = threading.Lock()  # another thread may have held it at the moment of the fork
    known, _queue = _queue, None
    if known is not None:
        known.abandon()


os.register_at_fork(after_in_child=_forget)
