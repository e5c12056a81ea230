"""A task works under the id of the request that sent it, else under its own; the trail and logs say so."""

from contextlib import ExitStack
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from modelhub.actors import origin, placed, terminal

_HEADER = "modelhub_request_id"
_running: dict[str, ExitStack] = {}  # by task id, from its start to its end in this process


@before_task_publish.connect  # type: ignore[untyped-decorator]
def send_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """The message names the request, command or task that sends it."""
    if headers is not None and (request_id := origin.get().request_id):
        headers[_HEADER] = request_id


@task_prerun.connect  # type: ignore[untyped-decorator]
def enter(task_id: str, task: Any, **_: Any) -> None:
    """What the task does from here on has an id and a place."""
    sent_by = getattr(task.request, _HEADER, None) or (task.request.headers or {}).get(_HEADER)
    stack = ExitStack()
    stack.enter_context(placed(terminal(), request_id=str(sent_by or task_id)[:64]))
    _running[task_id] = stack


@task_postrun.connect  # type: ignore[untyped-decorator]
def leave(task_id: str, **_: Any) -> None:
    """The process is nobody's again."""
    if stack := _running.pop(task_id, None):
        stack.close()
