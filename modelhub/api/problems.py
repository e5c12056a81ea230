"""The one mapper from errors to HTTP: RFC 9457 ``application/problem+json`` for every failure."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework import exceptions as drf
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from modelhub.accounts import refusals
from modelhub.actors import Actor, Channel, origin
from modelhub.errors import Code, FieldError, ModelhubError, PackageRefused

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

_STATUS: dict[Code, int] = {
    Code.BODY_TOO_LARGE: 413,
    Code.HOST_INVALID: 400,
    Code.IDEMPOTENCY_IN_PROGRESS: 409,
    Code.JSON_INVALID: 400,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.NOT_ACCEPTABLE: 406,
    Code.NOT_AUTHENTICATED: 401,
    Code.NOT_FOUND: 404,
    Code.PERMISSION_DENIED: 403,
    Code.REQUEST_INVALID: 400,
    Code.THROTTLED: 429,
    Code.TOKEN_EXPIRED: 401,
    Code.UNSUPPORTED_MEDIA: 415,
    Code.UPLOAD_TOO_LARGE: 413,
    Code.PACKAGE_NOT_FOUND: 404,
    Code.PATH_HARDLINK: 400,
    Code.PATH_INVALID: 400,
    Code.PATH_NOT_REGULAR: 400,
    Code.PATH_OUTSIDE_ROOT: 400,
    Code.PATH_SYMLINK: 400,
    Code.AMBIGUOUS_VERSION: 409,
    Code.DEPLOYMENT_CONFLICT: 409,
    Code.MODEL_NOT_FOUND: 404,
    Code.NO_ROLLBACK_TARGET: 409,
    Code.TRANSFER_NOT_FOUND: 404,
    Code.TRANSFER_NOT_QUEUED: 409,
    Code.VERSION_CONFLICT: 409,
    Code.VERSION_IN_USE: 409,
    Code.VERSION_NOT_DEPLOYABLE: 409,
    Code.VERSION_NOT_FOUND: 404,
    Code.ARTEFACT_CORRUPT: 422,
    Code.DATABASE_UNAVAILABLE: 503,
    Code.IMPORT_BUSY: 503,
    Code.INTERNAL: 500,
    Code.MODEL_FAILED: 503,
    Code.NO_MODEL_LOADED: 503,
    Code.WORKER_SATURATED: 503,
    Code.QUARANTINE_UNAVAILABLE: 503,
    Code.SOURCE_INVALID: 502,
    Code.SOURCE_UNAVAILABLE: 503,
    Code.STORAGE_FULL: 507,
}
_DRF_CODES: dict[type[drf.APIException], Code] = {
    drf.AuthenticationFailed: Code.NOT_AUTHENTICATED,
    drf.NotAuthenticated: Code.NOT_AUTHENTICATED,
    drf.PermissionDenied: Code.PERMISSION_DENIED,
    drf.NotFound: Code.NOT_FOUND,
    drf.MethodNotAllowed: Code.METHOD_NOT_ALLOWED,
    drf.NotAcceptable: Code.NOT_ACCEPTABLE,
    drf.UnsupportedMediaType: Code.UNSUPPORTED_MEDIA,
}


def status_of(code: Code) -> int:
    """HTTP status of a code; codes about the content of a request or package are 422."""
    return _STATUS.get(code, 422)


def problem(
    code: Code, detail: str, *, instance: str = "", errors: tuple[FieldError, ...] = (), **more: object
) -> dict[str, Any]:
    """The problem object: type, title, status, detail, instance, code, the request's id, and ``errors``.

    ``errors`` is there where single faults are known, ``request_id`` inside a request.
    """
    body: dict[str, Any] = {
        "type": f"urn:modelhub:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status_of(code),
        "detail": detail,
        "instance": instance,
        "code": str(code),
    }
    if request_id := origin.get().request_id:
        body["request_id"] = request_id
    if errors:
        body["errors"] = [{"pointer": e.pointer, "detail": e.detail, "code": e.code} for e in errors]
    return body | more


def respond(request: HttpRequest, body: Mapping[str, Any]) -> HttpResponse:
    """A problem as a plain Django response; a 503 says when to come back."""
    response = HttpResponse(msgspec.json.encode(body), content_type=CONTENT_TYPE, status=body["status"])
    for name, value in _headers(body).items():
        response[name] = value
    return response


def from_error(error: Exception, *, instance: str) -> dict[str, Any] | None:
    """The problem of an exception of ours or of the database; None when it is neither."""
    if isinstance(error, PackageRefused) and not error.errors:
        faults = (FieldError("", error.detail, str(error.code)),)
        return problem(error.code, error.detail, instance=instance, errors=faults, **error.facts)
    if isinstance(error, ModelhubError):
        return problem(error.code, error.detail, instance=instance, errors=error.errors, **error.facts)
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database unavailable", extra={"path": instance, "error": type(error).__name__})
        detail = "The database does not answer. Try again in a few seconds."
        return problem(Code.DATABASE_UNAVAILABLE, detail, instance=instance)
    return None


def drf_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's ``EXCEPTION_HANDLER``: ours, DRF's and Django's exceptions become problem responses."""
    request = context["request"]
    body = from_error(error, instance=request.path) or _from_drf(error, request)
    if body is None:
        return None
    # A problem is JSON whatever else the view could have answered (the OpenAPI document is YAML).
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), CONTENT_TYPE
    response = Response(body, status=body["status"], content_type=CONTENT_TYPE)
    for name, value in _headers(body).items():
        response[name] = value
    return response


def _from_drf(error: Exception, request: HttpRequest) -> dict[str, Any] | None:
    if isinstance(error, drf.ValidationError):
        faults = tuple(_flatten(error.detail, ""))
        code = Code.PARAM_INVALID if request.method in {"GET", "HEAD", "DELETE"} else Code.BODY_INVALID
        said = " ".join(f"{fault.pointer.strip('/') or 'body'}: {fault.detail}" for fault in faults)
        return problem(code, said, instance=request.path, errors=faults)
    if isinstance(error, drf.APIException):
        code = _DRF_CODES.get(type(error), Code.REQUEST_INVALID)
        return problem(code, str(error.detail), instance=request.path)
    return None


def _flatten(detail: Any, pointer: str) -> list[FieldError]:
    """DRF's nested error detail as a flat list with JSON pointers."""
    if isinstance(detail, dict):
        return [e for key, value in detail.items() for e in _flatten(value, f"{pointer}/{key}")]
    if isinstance(detail, list):
        return [e for value in detail for e in _flatten(value, pointer)]
    return [FieldError(pointer, str(detail), str(getattr(detail, "code", "invalid")))]


def _headers(body: Mapping[str, Any]) -> dict[str, str]:
    status = int(body["status"])
    if body["code"] == Code.IDEMPOTENCY_IN_PROGRESS:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if "retry_after" in body:
        return {"Retry-After": str(body["retry_after"])}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="modelhub"'}
    return {}


# Django's own error pages: problem+json for the API, a small page elsewhere.


_REFUSED_BY_DJANGO: dict[type[Exception], tuple[Code, str]] = {
    DisallowedHost: (Code.HOST_INVALID, "This host name is not served here."),
    RequestDataTooBig: (Code.BODY_TOO_LARGE, "The body is too large."),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 and 413 raised by Django itself: a foreign Host, a body too large, malformed multipart."""
    unreadable = (Code.REQUEST_INVALID, "The request could not be read.")
    return _page(request, *_REFUSED_BY_DJANGO.get(type(exception), unreadable))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 of the pages; a change that was tried is recorded with the permission that was missing."""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        actor = Actor(user.get_username(), Channel.ADMIN)
        missing = str(exception)
        refusals.denied(
            actor, request.method or "", request.path, caller=f"user:{user.pk}", permission=missing
        )
    return _page(request, Code.PERMISSION_DENIED, "You may not do this.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 raised by Django itself: no such address."""
    return _page(request, Code.NOT_FOUND, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the traceback is in the log, never in the answer."""
    return _page(request, Code.INTERNAL, "Something failed on our side. The log has the details.")


def _page(request: HttpRequest, code: Code, detail: str) -> HttpResponse:
    body = problem(code, detail, instance=request.path)
    if request.path.startswith(("/api", "/health")):
        return respond(request, body)
    return render(request, "error.html", {"problem": body}, status=status_of(code))
