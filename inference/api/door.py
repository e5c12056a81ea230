"""The door of the scoring endpoints, before Django: plain requests reach the same views without detours.

Middleware, routing and signals cost more than scoring a row. A plain request gets here what they would
have done for it and goes straight to its view; every other one is Django's, as if there were no door.
Both count towards the number of requests that a process answers at once.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, resolve, reverse
from django.utils.log import log_response

from inference.api import saturation
from inference.api.doorrules import AddedHeaders, Plainness, unknown_middleware
from inference.api.entry import JSON, ScoringView
from inference.api.places import Occupying, Places
from inference.api.plainrequest import PlainRequest
from modelhub import conf, databases, tracing
from modelhub.actors import origin
from modelhub.api import context

log = logging.getLogger(__name__)
ROUTES = ("analyze", "predict")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Answering = Callable[[PlainRequest], bytes | HttpResponseBase]
_JSON = ("Content-Type", JSON)


class Door:
    """A WSGI application in front of Django's. Hook ``SCORING_DOOR``."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._places = Places(conf.number("SCORING_LIMIT"))
        self._views = _views()
        self._plainness = Plainness()
        self._headers = AddedHeaders()
        self._is_open = not unknown_middleware()
        if not self._is_open:
            log.warning("scoring goes through all middleware", extra={"unknown": unknown_middleware()})

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request."""
        view = self._views.get(environ["PATH_INFO"])
        if view is None:
            return self._django(environ, start_response)
        if not self._places.take():
            return self._answer(saturation.refuse, environ, start_response)
        try:
            if self._is_open and self._plainness.holds(environ):
                answer = self._answer(view, environ, start_response)
            else:
                answer = self._django(environ, start_response)
        except BaseException:
            self._places.give_back()
            raise
        if getattr(answer, "streaming", False):
            return Occupying(answer, afterwards=self._places.give_back)
        self._places.give_back()
        return answer

    def _answer(self, view: Answering, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The view's answer with all that middleware adds; what the view raises is raised."""
        request = PlainRequest(environ)
        before = context.enter(request)
        try:
            answer = view(request)
        finally:
            origin.reset(before)
        headers = [*self._headers.to(request), (context.HEADER, request.request_id)]
        if "HTTP_AUTHORIZATION" not in environ:
            headers.append(("Vary", "Cookie"))  # a session was looked for
        if isinstance(answer, bytes):
            status, content = "200 OK", answer
            headers.append(_JSON)
        else:
            status = f"{answer.status_code} {answer.reason_phrase}"
            headers += answer.items()
            if not isinstance(answer, HttpResponse):  # it streams
                start_response(status, headers)
                return answer
            content = answer.content
            if answer.status_code >= 400 and view is not saturation.refuse:
                log_response("%s: %s", answer.reason_phrase, request.path, response=answer, request=request)
        headers.append(("Content-Length", str(len(content))))
        databases.settle()
        start_response(status, headers)
        return [content]


def _views() -> dict[str, Answering]:
    """The scoring views by their paths, with and without a trailing slash, wherever they are mounted."""
    prefix = get_script_prefix()  # a request's path comes without it
    paths = ["/" + reverse(route).removeprefix(prefix).rstrip("/") for route in ROUTES]
    found = {path + slash: resolve(path + slash).func for path in paths for slash in ("", "/")}
    return {path: _answering(cast(ScoringView, view)) for path, view in found.items()}


def _answering(view: ScoringView) -> Answering:
    """A span wants to see a response; else none is made where bytes will do."""
    return view.answer if tracing.on is None else tracing.scoring_view(view)
