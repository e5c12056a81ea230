"""DRF's view of :mod:`modelhub.api.access`: tokens, sessions with CSRF, or the guarded loopback caller."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from modelhub.accounts.caller import Caller
from modelhub.accounts.models import ApiToken
from modelhub.api import access
from modelhub.errors import AccessDenied, Code

CHALLENGE = 'Bearer realm="modelhub"'


class HubAuthentication(BaseAuthentication):
    """Puts a :class:`Caller` into ``request.user``, its token into ``request.auth``."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiToken | None] | None:
        caller = access.identify(request._request)
        if caller is None:
            return None
        if caller.has_session:
            refuse_forged(request._request)
        return caller, caller.token

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class _Csrf(CsrfViewMiddleware):
    """Django's check without its HTML answer; a reason means refused."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def refuse_forged(request: HttpRequest) -> None:
    """Raise AccessDenied unless a session's unsafe request carries its CSRF token."""
    check = _Csrf(_unreached)
    check.process_request(request)
    if check.process_view(request, _unreached, (), {}):
        raise AccessDenied(Code.PERMISSION_DENIED, "The CSRF token is missing or wrong; reload the page.")


def _unreached(request: HttpRequest) -> HttpResponse:
    """Django's middleware wants a view; only its check is used here."""
    return HttpResponse()
