"""The watcher of a serving process: keeps its models current and reports what it serves."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from inference import jobrecovery, loading
from inference.models import Replica
from inference.slots import Held
from modelhub.artifacts import quarantine
from modelhub.transfers import recovery
from monitoring import metering

log = logging.getLogger(__name__)
POLL_S = 0.5
REPORT_S = 10.0
FORGET_S = 60.0
_watching: dict[int, threading.Thread] = {}  # by process id: a forked child has no thread of its parent


def start() -> None:
    """One watcher thread runs in this process afterwards, and in every process forked from it."""
    if not _watching:
        os.register_at_fork(after_in_child=_start_in_child)
    _start_thread()


def report(reporter: "Reporter") -> None:
    """Write what this process serves where it changed or the last report is old; drop silent processes."""
    for held in loading.held():
        reporter.write(held)
    reporter.drop_silent()


class Reporter:
    """The rows of one process; remembers what it wrote so that an unchanged state costs no query."""

    def __init__(self, process: str) -> None:
        self.process = process
        self._written: dict[str, tuple[tuple[object, ...], float]] = {}
        self._swept_s = 0.0

    def write(self, held: Held) -> None:
        """The row of one registered model says what is held now."""
        if held.wanted is None:
            return
        version_id = held.slot.version.pk if held.slot else None
        state = (version_id, held.slot.generation if held.slot else held.generation, held.problem)
        known, written_s = self._written.get(held.model_name, ((), 0.0))
        if known == state and time.monotonic() - written_s < REPORT_S:
            return
        Replica.objects.update_or_create(
            process=self.process,
            model_id=held.wanted.model_id,
            defaults={
                "version_id": state[0],
                "generation": state[1],
                "problem": state[2],
                "loaded_at": held.slot.loaded_at if held.slot else None,
                "seen_at": timezone.now(),
            },
        )
        self._written[held.model_name] = (state, time.monotonic())

    def drop_silent(self) -> None:
        """Rows of processes that have not reported for a minute are deleted, at most every ten seconds."""
        if time.monotonic() - self._swept_s < REPORT_S:
            return
        self._swept_s = time.monotonic()
        Replica.objects.filter(seen_at__lt=timezone.now() - timedelta(seconds=FORGET_S)).delete()


def process_name() -> str:
    """Host, process id and start time: never equal for two processes, at most 64 characters."""
    suffix = f":{os.getpid()}:{int(time.time())}"
    return socket.gethostname()[: 64 - len(suffix)] + suffix


def _start_thread() -> None:
    if os.getpid() in _watching:
        return
    loading.begin_serving()
    thread = threading.Thread(target=_watch, name="serving-watcher", daemon=True)
    _watching[os.getpid()] = thread
    thread.start()


def _start_in_child() -> None:
    # A lock that another thread held at the moment of the fork would stay locked for ever.
    loading.forget()
    _start_thread()


def _prepare() -> None:
    """What is due once when a process starts to serve; nothing of it may keep it from serving."""
    # The self-test runs here so that neither an import nor a readiness probe has to wait for it.
    for step in (metering.start, recovery.recover, jobrecovery.recover, quarantine.level):
        _tried(step)


def _tried(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        log.exception("a step at the start of the watcher failed", extra={"step": step.__qualname__})


def _watch() -> None:
    reporter = Reporter(process_name())
    _prepare()
    trouble = ""
    while True:
        trouble = _turn(reporter, trouble)
        time.sleep(POLL_S)


def _turn(reporter: Reporter, trouble: str) -> str:
    """Catch up and report once; answers what went wrong, logged where that is not ``trouble`` again."""
    try:
        close_old_connections()
        loading.catch_up()
        report(reporter)
    except Exception as error:
        name = type(error).__name__
        if name != trouble and isinstance(error, DatabaseError):
            log.warning("what this process serves could not be reported", extra={"replica": reporter.process})
        elif name != trouble:
            log.exception("the serving watcher stumbled and goes on")
        return name
    finally:
        close_old_connections()
    return ""
