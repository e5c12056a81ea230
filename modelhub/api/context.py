"""Every request has an id and an address, known to the audit trail and to log lines, and says its id."""

import itertools
import os
import re
import secrets
from collections.abc import Callable
from contextvars import Token

from django.http import HttpRequest, HttpResponseBase

from modelhub.actors import Origin, origin
from modelhub.api.addresses import address_of

HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ADDRESS_LENGTH = 64
_RANDOM_BYTES = 10
_numbers = itertools.count()
_process = ""  # what the ids made in this process begin with

Handler = Callable[[HttpRequest], HttpResponseBase]


def request_context(get_response: Handler) -> Handler:
    """Outermost middleware: sets :data:`modelhub.actors.origin` for the request, answers ``X-Request-Id``.

    A well-formed id of the caller is kept, so that one id can be followed through several services;
    any other is replaced, because it would end up in log lines and in the trail.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        before = enter(request)
        try:
            response = get_response(request)
        finally:
            origin.reset(before)
        response.headers[HEADER] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def enter(request: HttpRequest) -> Token[Origin]:
    """:data:`modelhub.actors.origin` is the request's until it is reset with the result."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    request_id = given if given and _WELL_FORMED.fullmatch(given) else _new_id()
    request.request_id = request_id  # type: ignore[attr-defined]  # for log lines after the answer
    return origin.set(Origin(request_id, address_of(request)[:_ADDRESS_LENGTH]))


def _new_id() -> str:
    """32 hexadecimal digits, never the same twice: asking the system for all of them costs every call."""
    return f"{_process}{next(_numbers):012x}"


def _start_afresh() -> None:
    global _process
    _process = secrets.token_hex(_RANDOM_BYTES)


_start_afresh()
os.register_at_fork(after_in_child=_start_afresh)
