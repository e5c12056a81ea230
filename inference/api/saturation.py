"""What a process says that is at its limit: 503 ``worker_saturated``, counted, and logged once in a while."""

import logging
import time

from django.http import HttpRequest, HttpResponse

from inference.api.entry import endpoint_of
from inference.api.places import RETRY_AFTER_S
from modelhub.api import problems
from modelhub.errors import Code
from monitoring import metering

log = logging.getLogger(__name__)
_LOG_EVERY_S = 10.0
_logged_s = float("-inf")


def refuse(request: HttpRequest) -> HttpResponse:
    """503 with ``Retry-After``: nothing of the request was read, and no model is to blame."""
    _say_so()
    metering.rejected(endpoint_of(request.path), Code.WORKER_SATURATED)
    body = problems.problem(
        Code.WORKER_SATURATED,
        "This process answers as many scoring calls as it may. Send the call again in a second.",
        instance=request.path,
        retry_after=RETRY_AFTER_S,
    )
    return problems.respond(request, body)


def _say_so() -> None:
    global _logged_s
    now = time.monotonic()
    if now - _logged_s >= _LOG_EVERY_S:  # a line for each would slow down what is too slow already
        _logged_s = now
        log.warning("saturated: scoring calls are refused")
