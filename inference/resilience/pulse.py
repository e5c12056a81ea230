"""The threads of a serving process's guard: the pulse, which never waits, and the guardian, which may.

The pulse also winds the clock that ends a process in which nothing moves any more, and ends it itself when
most of its threads are lost in calls that do not end: the web server starts a new one.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import util

from django.db import close_old_connections

from inference.resilience import crashes, guarding
from inference.resilience.guardian import Guardian
from inference.resilience.guarding import Guard
from inference.resilience.inflight import Calls
from inference.serving import replicas
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
    settled_s, stumbled = time.monotonic(), ""
    while guarding.guard() is guardian.guard:
        guardian.guard.wake.wait(POLL_S)
        guardian.guard.wake.clear()
        is_due = time.monotonic() - settled_s >= crashes.LOOK_S
        settled_s = time.monotonic() if is_due else settled_s
        stumbled = _tried(partial(_turn, guardian, looks_at_deaths=is_due), stumbled)


def _turn(guardian: Guardian, *, looks_at_deaths: bool) -> None:
    close_old_connections()
    guardian.turn()
    if looks_at_deaths:
        guardian.look_at_deaths()
    close_old_connections()


def _pulse(guarded: Guard) -> None:
    stumbled = ""
    while guarding.guard() is guarded:
        stumbled = _tried(partial(_beat, guarded), stumbled)
        time.sleep(POLL_S)


def _beat(guarded: Guard) -> None:
    if guarded.calls is not None:
        guarded.calls.watch(guarded.limits.slow_s + GRACE_S)
    stuck = guarded.notice_stuck(time.monotonic())
    if len(stuck) > max(conf.number("WEB_THREADS") // 2, 1):
        _end(guarded, len(stuck))


def _tried(step: Callable[[], None], known: str) -> str:
    """What went wrong, logged where that is not ``known``: a guard whose thread ended would guard nothing."""
    try:
        step()
    except Exception as error:
        if type(error).__name__ != known:
            log.exception("the guard stumbled and goes on")
        return type(error).__name__
    return ""


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
