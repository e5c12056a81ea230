"""A task works under the id of the request that sent it, else under its own; the trail and logs say so."""

import logging
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

from modelhub.actors import origin, placed, terminal

HEADER = "modelhub_request_id"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Run:
    """A task between its start and its end: what to undo then, and when it began (monotonic seconds)."""

    context: ExitStack
    started_s: float


_running: dict[str, _Run] = {}  # by task id, from its start to its end in this process


@setup_logging.connect  # type: ignore[untyped-decorator]
def keep_log_lines(**_: Any) -> None:
    """Workers and the scheduler write the lines that the settings describe, not Celery's own kind."""


@before_task_publish.connect  # type: ignore[untyped-decorator]
def send_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """The message names the request, command or task that it is for: the sender, unless it said another."""
    if headers is not None and (request_id := origin.get().request_id):
        headers.setdefault(HEADER, request_id)


@task_prerun.connect  # type: ignore[untyped-decorator]
def enter(task_id: str, task: Any, **_: Any) -> None:
    """What the task does from here on has an id and a place, and its beginning is a log line."""
    sent_by = getattr(task.request, HEADER, None) or (task.request.headers or {}).get(HEADER)
    stack = ExitStack()
    stack.enter_context(placed(terminal(), request_id=str(sent_by or task_id)[:64]))
    _running[task_id] = _Run(stack, time.monotonic())
    log.info("task started", extra={"task": task.name, "task_id": task_id})


@task_postrun.connect  # type: ignore[untyped-decorator]
def leave(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    """The end is a log line with how it ended and how long it took; the process is nobody's again."""
    if run := _running.pop(task_id, None):
        took_ms = round((time.monotonic() - run.started_s) * 1000, 1)
        facts = {"task": task.name, "task_id": task_id, "state": state, "duration_ms": took_ms}
        log.info("task ended", extra=facts)
        run.context.close()
