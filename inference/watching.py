"""The watcher of a serving process: the one thread that asks the database what is to be served."""

import logging
import os
import threading
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connections

from inference import jobrecovery
from inference.resilience import guarding, pulse
from inference.serving import loading, replicas
from inference.serving.replicas import Reporter
from modelhub.accounts import remembered
from modelhub.artifacts import quarantine
from modelhub.postgresql.silence import silence, wait_patiently
from modelhub.transfers import recovery
from monitoring import metering

log = logging.getLogger(__name__)
POLL_S = 0.5
BLIND_AFTER_S = 5.0
_watching: dict[int, threading.Thread] = {}  # by process id: a forked child has no thread of its parent
_told = ""  # what the log was last told of the watcher's trouble


def start() -> None:
    """One watcher thread runs in this process afterwards, and in every process forked from it."""
    if not _watching:
        os.register_at_fork(after_in_child=_start_in_child)
    _start_thread()


def trouble() -> str:
    """Why this process may not notice a deployment, in a sentence; empty while all is well.

    Hook ``SERVING_TROUBLE``. That the database is away is no trouble of this process; a watcher that ended
    is started again.
    """
    thread, since_s = _watching.get(os.getpid()), loading.caught_up_s()
    if thread is None or since_s is None:
        return ""
    found = ""
    if not thread.is_alive():
        if _watching.pop(os.getpid(), None) is thread:  # of several who notice, one starts it
            _start_thread()
        found = "The watcher of this process had ended; it was started again."
    elif since_s > BLIND_AFTER_S and not (loading.is_database_away() or silence.is_on()):
        found = f"This process has not looked for deployments for {since_s:.0f} seconds."
    _tell(found)
    return found


def _tell(found: str) -> None:
    global _told
    if bool(found) != bool(_told):
        log.log(logging.ERROR if found else logging.WARNING, found or "this process sees deployments again")
    _told = found


def _start_thread() -> None:
    if os.getpid() in _watching:
        return
    loading.begin_serving()
    thread = threading.Thread(target=_watch, name="serving-watcher", daemon=True)
    _watching[os.getpid()] = thread
    thread.start()
    pulse.start()


def _start_in_child() -> None:
    # A lock that another thread held at the moment of the fork would stay locked for ever.
    loading.forget()
    guarding.forget()
    _start_thread()


def _prepare() -> None:
    """What is due once when a process starts to serve; nothing of it may keep it from serving."""
    # The self-test runs here so that neither an import nor a readiness probe has to wait for it.
    for step in (metering.start, recovery.recover, jobrecovery.recover, quarantine.level):
        _tried(step)


def _prepare_and_leave() -> None:
    try:
        _prepare()
    finally:
        connections.close_all()


def _tried(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        log.exception("a step at the start of the watcher failed", extra={"step": step.__qualname__})


def _watch() -> None:
    wait_patiently()
    reporter = Reporter.of_this_process()
    state = _turn(reporter, "")  # first what calls wait for
    # Beside the watching: the self-test alone takes seconds, in which a deployment would go unnoticed.
    threading.Thread(target=_prepare_and_leave, name="serving-preparation", daemon=True).start()
    while True:
        loading.wait_for_change(POLL_S)
        state = _turn(reporter, state)


def _turn(reporter: Reporter, known: str) -> str:
    """Catch up and report once; answers what went wrong, logged where that is not ``known`` already."""
    try:
        close_old_connections()
        remembered.verify()
        loading.catch_up()
        replicas.report(reporter)
    except Exception as error:
        name = type(error).__name__
        if name != known and isinstance(error, DatabaseError):
            log.warning("what this process serves could not be reported", extra={"replica": reporter.process})
        elif name != known:
            log.exception("the serving watcher stumbled and goes on")
        return name
    finally:
        close_old_connections()
    return ""
