"""The threads of a serving process's guard: the pulse, which never waits, and the guardian, which may.

The pulse also winds the clock that ends a process in which nothing moves any more, and ends it itself when
most of its threads are lost in calls that do not end: the web server starts a new one.
"""

import contextlib
import logging
import os
import threading
import time
from multiprocessing import util

from django.db import close_old_connections

from inference import crashes, guarding, replicas
from inference.guardian import Guardian
from inference.guarding import Guard
from inference.inflight import Calls
from modelhub import conf
from monitoring import metering

log = logging.getLogger(__name__)
POLL_S = 0.5
GRACE_S = 5.0  # beyond the limit of a call, before a process that does not move is ended
_LAST_S = 2.0  # for the row of what happened, and for the last metrics, before a process ends itself
_EXIT = 70


def start() -> None:
    """This process is guarded from now on; deaths of others before it are settled already.

    What cannot be done (a full disk, no database) does not keep it from serving.
    """
    guardian = Guardian(guarding.take_up(replicas.process_name(), None))
    guarded = guardian.guard
    try:
        guarded.calls = Calls(conf.metering_root(), guarded.process)
        util.Finalize(None, guarded.calls.retire, exitpriority=40)
    except OSError:
        log.error("crashes of this process cannot be told from kills: the folder cannot be written")
    try:
        crashes.settle()
        guardian.condemned = crashes.condemned()
    except Exception:
        log.warning("what ended processes left is looked at later", exc_info=True)
    threading.Thread(target=_guardian, args=(guardian,), name="guardian", daemon=True).start()
    threading.Thread(target=_pulse, args=(guarded,), name="pulse", daemon=True).start()


def _guardian(guardian: Guardian) -> None:
    settled_s = time.monotonic()
    while guarding.guard() is guardian.guard:
        guardian.guard.wake.wait(POLL_S)
        guardian.guard.wake.clear()
        close_old_connections()
        guardian.turn()
        if time.monotonic() - settled_s >= crashes.LOOK_S:
            settled_s = time.monotonic()
            guardian.look_at_deaths()
        close_old_connections()


def _pulse(guarded: Guard) -> None:
    most = max(conf.number("WEB_THREADS") // 2, 1)
    while guarding.guard() is guarded:
        if guarded.calls is not None:
            guarded.calls.watch(guarded.limits.slow_s + GRACE_S)
        stuck = guarded.notice_stuck(time.monotonic())
        if len(stuck) > most:
            _end(guarded, len(stuck))
        time.sleep(POLL_S)


def _end(guarded: Guard, stuck: int) -> None:
    """Say why, write what can be written in a moment, and be gone."""
    log.critical("too many calls do not end: this process ends itself", extra={"calls": stuck})
    guarded.wake.set()
    flushing = threading.Thread(target=_flush, daemon=True)
    flushing.start()
    time.sleep(_LAST_S)  # the guardian writes its row meanwhile
    flushing.join(_LAST_S)
    if guarded.calls is not None:
        guarded.calls.retire()
    os._exit(_EXIT)


def _flush() -> None:
    with contextlib.suppress(Exception):
        metering.flush()
