"""What every scoring view does first and last: the same checks in the same order, the same problem answers.

The views are off DRF and answer through msgspec because a row costs microseconds to score; every failure is
the same problem document that the management endpoints answer.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase

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
_ANY_OF_OURS = (None, "*/*", JSON)  # what nearly all clients send
PERMISSION = "registry.analyze"
Handler = Callable[[HttpRequest], dict[str, Any] | HttpResponseBase]


class ScoringView:
    """A view around a handler: the checks before it, and its answer or its failure as a response."""

    csrf_exempt = True  # sessions are checked by refuse_forged, which answers a problem document

    def __init__(self, handler: Handler, media_types: tuple[str, ...], answers: tuple[str, ...]) -> None:
        functools.update_wrapper(self, handler)
        self._handler, self._media_types, self._answers = handler, media_types, answers

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response."""
        answer = self.answer(request)
        return answer if isinstance(answer, HttpResponseBase) else HttpResponse(answer, content_type=JSON)

    def answer(self, request: HttpRequest) -> bytes | HttpResponseBase:
        """The body of a 200 in JSON, or a whole response: making one costs more than scoring a row."""
        try:
            _admit(request, self._media_types, self._answers)
            answer = self._handler(request)
            return answer if isinstance(answer, HttpResponseBase) else encode(answer)
        except Exception as error:
            return _problem(request, error)


def scoring_view(*media_types: str, answers: tuple[str, ...] = (JSON,)) -> Callable[[Handler], ScoringView]:
    """Make a view of a handler that answers the body of a 200; accepts POST with these media types.

    ``answers`` are the media types it can answer; a handler that answers another than JSON makes the
    response itself.

    Checked in this order: caller (401, 403), limit (429), method (405), answer wanted (406), media type
    (415), forged session request (403). An unexpected failure is logged and answered as a 500 without
    details.
    """
    return lambda handler: ScoringView(handler, media_types, answers)


def body_of(request: HttpRequest) -> bytes:
    """The request's body, unpacked; never more than ``MAX_BODY_BYTES`` of it is held.

    Raises InputInvalid: ``body_too_large``, ``unsupported_media`` for an encoding other than gzip,
    ``request_invalid`` when the client went away, ``body_invalid`` for broken gzip.
    """
    limit = conf.number("MAX_BODY_BYTES")
    data = _read(request, limit)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in ("", "identity"):
        return data
    if encoding in ("gzip", "x-gzip"):
        return gzip_bounded(data, limit)
    raise InputInvalid(Code.UNSUPPORTED_MEDIA, "The Content-Encoding must be gzip or none.")


def wished_version(request: HttpRequest) -> tuple[str | None, str | None]:
    """``?model=`` and ``?version=``, None for what is not asked for."""
    if not request.META.get("QUERY_STRING"):
        return None, None
    return request.GET.get("model"), request.GET.get("version")


def whole_number(request: HttpRequest, name: str, *, least: int, most: int) -> int | None:
    """The query parameter as a number in ``least`` … ``most``, None where it is absent.

    Raises InputInvalid (``param_invalid``).
    """
    text = request.GET.get(name) if request.META.get("QUERY_STRING") else None
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
    accepted = request.META.get("HTTP_ACCEPT")
    if accepted not in _ANY_OF_OURS and not any(map(request.accepts, answers)):
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
