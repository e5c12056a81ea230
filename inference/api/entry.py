"""What every scoring view does first and last: the same checks in the same order, the same problem answers.

The views are off DRF and answer through msgspec because a row costs microseconds to score; every failure is
the same problem document that the management endpoints answer.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from inference.encoding import encode
from inference.intake.compression import gzip_bounded
from modelhub import conf
from modelhub.api import access, problems
from modelhub.api.authentication import refuse_forged
from modelhub.api.throttling import spend_scoring
from modelhub.errors import Code, InputInvalid
from monitoring import metering

log = logging.getLogger(__name__)
JSON = "application/json"
PERMISSION = "registry.analyze"
Handler = Callable[[HttpRequest], dict[str, Any] | HttpResponseBase]


def scoring_view(
    *media_types: str, answers: tuple[str, ...] = (JSON,)
) -> Callable[[Handler], Callable[[HttpRequest], HttpResponseBase]]:
    """Make a view of a handler that answers the body of a 200; accepts POST with these media types.

    ``answers`` are the media types it can answer; a handler that answers another than JSON makes the
    response itself.

    Checked in this order: caller (401, 403), limit (429), method (405), answer wanted (406), media type
    (415), forged session request (403). An unexpected failure is logged and answered as a 500 without
    details.
    """

    def decorate(handler: Handler) -> Callable[[HttpRequest], HttpResponseBase]:
        def view(request: HttpRequest) -> HttpResponseBase:
            try:
                _admit(request, media_types, answers)
                answer = handler(request)
                if isinstance(answer, HttpResponseBase):
                    return answer
                return HttpResponse(encode(answer), content_type=JSON)
            except Exception as error:
                return _problem(request, error)

        view.__doc__, view.__name__ = handler.__doc__, handler.__name__
        return csrf_exempt(view)  # sessions are checked by refuse_forged, which answers a problem document

    return decorate


def body_of(request: HttpRequest) -> bytes:
    """The request's body, unpacked; never more than ``MAX_BODY_BYTES`` of it is held.

    Raises InputInvalid: ``body_too_large``, ``unsupported_media`` for an encoding other than gzip,
    ``request_invalid`` when the client went away, ``body_invalid`` for broken gzip.
    """
    limit = conf.number("MAX_BODY_BYTES")
    data = _read(request, limit)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return data
    if encoding in ("gzip", "x-gzip"):
        return gzip_bounded(data, limit)
    raise InputInvalid(Code.UNSUPPORTED_MEDIA, "The Content-Encoding must be gzip or none.")


def whole_number(request: HttpRequest, name: str, *, least: int, most: int) -> int | None:
    """The query parameter as a number in ``least`` … ``most``, None where it is absent.

    Raises InputInvalid (``param_invalid``).
    """
    text = request.GET.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:
        return int(text)
    raise InputInvalid(Code.PARAM_INVALID, f"?{name}= must be a whole number from {least} to {most}.")


def endpoint_of(path: str) -> str:
    """What the meters call a scoring address: its last word, ``analyze`` or ``predict``."""
    return path.rstrip("/").rpartition("/")[2]


def _admit(request: HttpRequest, media_types: tuple[str, ...], answers: tuple[str, ...]) -> None:
    caller = access.require(request, PERMISSION, from_memory=True)
    spend_scoring(caller)
    if request.method != "POST":
        raise InputInvalid(Code.METHOD_NOT_ALLOWED, f"This address takes POST, not {request.method}.")
    if not any(map(request.accepts, answers)):
        said = " or ".join(answers)
        raise InputInvalid(Code.NOT_ACCEPTABLE, f"The answer is {said}; the Accept header excludes it.")
    if (request.content_type or "").lower() not in media_types:
        raise InputInvalid(Code.UNSUPPORTED_MEDIA, f"The Content-Type must be {' or '.join(media_types)}.")
    if caller.has_session:
        refuse_forged(request)


def _read(request: HttpRequest, limit: int) -> bytes:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > limit:  # before a byte is awaited
        raise InputInvalid(Code.BODY_TOO_LARGE, f"The body is larger than {limit} bytes.")
    try:
        data: bytes = request.read(limit + 1)
    except (UnreadablePostError, OSError):
        raise InputInvalid(Code.REQUEST_INVALID, "The body ended before it was complete.") from None
    if len(data) > limit:
        raise InputInvalid(Code.BODY_TOO_LARGE, f"The body is larger than {limit} bytes.")
    return data


def _problem(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, SuspiciousOperation):  # a query string with thousands of parameters
        error = InputInvalid(Code.REQUEST_INVALID, "The request could not be read.")
    body = problems.from_error(error, instance=request.path)
    if body is None:
        log.exception("a scoring request failed", extra={"path": request.path})
        detail = "Something failed on our side. The log has the details."
        body = problems.problem(Code.INTERNAL, detail, instance=request.path)
    metering.rejected(endpoint_of(request.path), body["code"], error=error)
    response = problems.respond(request, body)
    if body["code"] == Code.METHOD_NOT_ALLOWED:
        response["Allow"] = "POST"
    return response
