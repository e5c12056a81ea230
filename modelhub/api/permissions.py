"""One permission class: a view names what each of its actions needs."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from modelhub.accounts.caller import Caller
from modelhub.actors import Actor
from modelhub.api import access


def actor_of(request: Request) -> Actor:
    """The caller as history rows name them, on a view that :class:`Allowed` guards."""
    caller = request.user
    assert isinstance(caller, Caller)
    return caller.actor()


def demand(request: Request, permission: str) -> None:
    """Return when the caller has ``app.codename`` beside what the view needs.

    Raises AccessDenied (403); a refused change is recorded.
    """
    caller = request.user
    assert isinstance(caller, Caller)
    if not caller.may(permission):
        raise access.denied(request._request, caller, permission)


class Allowed(BasePermission):
    """Compares the caller with the view's ``permissions_needed``: action name → ``app.codename``.

    A view or action without an entry is closed to everybody, so forgetting one is noticed at once.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for who may; raises AccessDenied (401, 403), a refused change is recorded."""
        caller = request.user
        if not isinstance(caller, Caller):
            raise access.unknown(request._request)
        method = {"HEAD": "get"}.get(request.method or "", (request.method or "").lower())
        if method == "options" or not hasattr(view, method):
            return True  # DRF describes the address, or answers 405 next
        needed = view.permissions_needed.get(getattr(view, "action", None) or method)
        if needed is None:
            return False
        if not caller.may(needed):
            raise access.denied(request._request, caller, needed)
        return True
