"""Every request has an id and an address, known to the audit trail and to log lines, and says its id."""

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
    request_id = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(16)
    request.request_id = request_id  # type: ignore[attr-defined]  # for log lines after the answer
    return origin.set(Origin(request_id, address_of(request)[:_ADDRESS_LENGTH]))
