"""``Idempotency-Key``: a request that is sent again is answered again, and done once.

The decorator goes onto a handler of a DRF view, below ``extend_schema``: callers are known and
permitted by then. Without the header nothing changes.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, HttpResponseBase
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from modelhub.api import idempotencykeys
from modelhub.api.idempotencykeys import Answer, Wish
from modelhub.api.permissions import actor_of
from modelhub.errors import Code, InputInvalid

log = logging.getLogger(__name__)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_LONGEST = 255
_KEPT_HEADERS = ("Location", "Preference-Applied", "Retry-After")
# Answers about the caller or the moment, not about the request: the next try may be answered otherwise.
_PASSING = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}

Handler = Callable[..., HttpResponseBase]


def idempotent(handler: Handler) -> Handler:
    """The handler, which under a key runs once: later requests get the stored answer, marked as replayed.

    Same key, other query or body: 422 ``idempotency_mismatch``. Still running: 409
    ``idempotency_in_progress``. A 5xx frees the key. Keys belong to one caller and one address and are
    kept for 24 hours.
    """

    @wraps(handler)
    def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if HEADER not in request.headers:
            return handler(view, request, *args, **kwargs)
        claimed = idempotencykeys.claim(_wish(view, request))
        if isinstance(claimed, Answer):
            return _replayed(claimed)
        return _run_once(claimed, view, lambda: handler(view, request, *args, **kwargs))

    run.is_idempotent = True  # type: ignore[attr-defined]  # read by the OpenAPI document
    return run


def _run_once(claimed: str, view: Any, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        response = work()
    except Exception as error:
        try:
            response = view.handle_exception(error)
        except Exception:
            _release(claimed)
            raise
    except BaseException:
        _release(claimed)
        raise
    if _is_final(response):
        _finish(claimed, _answer(response))
    else:
        _release(claimed)
    return response


def _is_final(response: HttpResponseBase) -> bool:
    return response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and response.status_code not in _PASSING


def _finish(claimed: str, answer: Answer) -> None:
    """Keep the answer; the work is done, so a database that fails now must not turn it into an error."""
    try:
        idempotencykeys.finish(claimed, answer)
    except (DatabaseError, InterfaceError):
        log.error("an idempotent answer could not be kept", extra={"status": answer.status})


def _release(claimed: str) -> None:
    try:
        idempotencykeys.release(claimed)
    except (DatabaseError, InterfaceError):
        log.error("an idempotency key could not be freed")


def _answer(response: HttpResponseBase) -> Answer:
    assert isinstance(response, HttpResponse)  # no operation streams
    if isinstance(response, Response):  # rendered later, by DRF
        body = JSONRenderer().render(response.data)
        content_type = response.content_type or JSONRenderer.media_type
    else:
        body, content_type = response.content, response.headers.get("Content-Type", "")
    kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, content_type, kept, body.decode())


def _replayed(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers.items():
        response.headers[name] = value
    response.headers[REPLAYED] = "true"
    return response


def _wish(view: Any, request: Request) -> Wish:
    path = request.path.rstrip("/")
    return Wish(
        caller=actor_of(request).name,
        operation=hashlib.sha256(f"{request.method} {path}".encode(errors="replace")).hexdigest(),
        key=_key(request.headers[HEADER]),
        fingerprint=_fingerprint(view, request),
    )


def _key(given: str) -> str:
    """Raises InputInvalid (``param_invalid``) for what is no usable key."""
    if given.strip() and len(given) <= _LONGEST and given.isascii() and given.isprintable():
        return given
    raise InputInvalid(
        Code.PARAM_INVALID, f"An Idempotency-Key has 1 to {_LONGEST} printable ASCII characters."
    )


def _fingerprint(view: Any, request: Request) -> str:
    """SHA-256 over query and body; of an upload over the files, since each try draws a new boundary."""
    digest = hashlib.sha256(urlencode(sorted(_pairs(request.query_params))).encode())
    digest.update(b"\x00" + request.headers.get("Prefer", "").strip().lower().encode() + b"\x00")
    if not any(issubclass(parser, MultiPartParser) for parser in view.parser_classes):
        digest.update(request._request.body)
        return digest.hexdigest()
    for name, file in sorted(request.FILES.items()):
        assert isinstance(file, UploadedFile)
        digest.update(f"\x00{name}\x00{file.name}\x00{file.size}\x00".encode(errors="replace"))
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def _pairs(query: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, values in query.lists() for value in values]
