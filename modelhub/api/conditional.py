"""Reads of the API carry an ETag; who has the same answer already gets a 304 without a body.

Pages poll these addresses. The answer is still worked out, what is saved is the transfer and the
client's work; a finer tag would have to know every table that an answer is made of.
"""

import hashlib
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponseBase]


def conditional_reads(get_response: Handler) -> Handler:
    """Middleware: 200 answers to GET under ``/api/`` have an ETag, and ``If-None-Match`` is honoured.

    Scoring is POST and passes through untouched, as do streamed answers.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method != "GET" or not request.path_info.startswith("/api/"):
            return response
        if response.status_code != HTTPStatus.OK or not isinstance(response, HttpResponse):
            return response
        return _tagged(request, response)

    return middleware


def _tagged(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The response, or a 304 in its place; what it says depends on who asks, so no shared cache keeps it."""
    if not response.has_header("ETag"):
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ["Authorization", "Cookie"])
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
