"""Telling workers of work, without ever waiting long for a broker or failing because of one."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from modelhub.celery import app
from modelhub.taskcontext import HEADER

# Whoever tells keeps the work in a row of the database, so giving up early loses nothing.
CONNECT_S = 1.0
ANSWER_S = 1.0
log = logging.getLogger(__name__)


def tell(
    task: str,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    expires_s: float | None = None,
    request_id: str = "",
) -> bool:
    """True when the broker has taken a message that starts ``task``; False when it is away or too slow.

    The task runs under ``request_id``, else under the id of whoever calls.

    A connection of its own, because the worker's pooled ones are set to insist. A message that no worker
    took within ``expires_s`` seconds is dropped by the one that finds it.
    """
    options = dict(getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}))
    options |= {
        "max_retries": 0,
        "connect_retries_timeout": CONNECT_S,
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": ANSWER_S,
        "retry_on_timeout": False,
    }
    try:
        with app.connection_for_write(connect_timeout=CONNECT_S, transport_options=options) as one:
            app.send_task(
                task, list(args), dict(kwargs or {}), connection=one, retry=False, expires=expires_s,
                headers={HEADER: request_id} if request_id else None,
            )  # fmt: skip
    except Exception as error:  # brokers differ in what they raise; none of it may reach a caller
        log.warning("the broker was not told", extra={"task": task, "error": type(error).__name__})
        return False
    return True
