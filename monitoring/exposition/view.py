"""GET /metrics, for scrapers with a token of somebody who may look."""

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from modelhub.api import access, problems
from modelhub.errors import Code, InputInvalid, ModelhubError
from monitoring.exposition import gathering, rendering

PERMISSION = "monitoring.view_inferencemetric"


@csrf_exempt  # It changes nothing; another method gets a problem document instead of Django's page.
def metrics(request: HttpRequest) -> HttpResponse:
    """All families as text, as exact as the last second; every worker gives the same answer."""
    try:
        access.require(request, PERMISSION, from_memory=True)
        if request.method not in ("GET", "HEAD"):
            raise InputInvalid(Code.METHOD_NOT_ALLOWED, f"This address takes GET, not {request.method}.")
        body, content_type = rendering.render(gathering.gather(), request.headers.get("Accept", ""))
    except (ModelhubError, DatabaseError, InterfaceError) as error:
        return _problem(request, error)
    return HttpResponse(body, content_type=content_type)


def _problem(request: HttpRequest, error: Exception) -> HttpResponse:
    body = problems.from_error(error, instance=request.path)
    if body is None:
        raise error
    response = problems.respond(request, body)
    if body["code"] == Code.METHOD_NOT_ALLOWED:
        response["Allow"] = "GET, HEAD"
    return response
