"""Limits of the API per caller; a view may name its ``throttle_scope``, else the method decides."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from modelhub.accounts import limits
from modelhub.accounts.caller import Caller

RATES = {
    "analyze": "THROTTLE_ANALYZE",
    "import": "THROTTLE_IMPORT",
    "operate": "THROTTLE_OPERATE",
    "read": "THROTTLE_READ",
}


class ScopedThrottle(BaseThrottle):
    """Reads count as ``read``; changes as the view's ``throttle_scope``, or as ``operate``."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Always True; raises UserFault (``throttled``), which says when to come back, instead of False."""
        caller = request.user
        if isinstance(caller, Caller):
            limits.spend(RATES[_scope(request, view)], caller.identity)
        return True


def spend_scoring(caller: Caller) -> None:
    """One more scoring call of this caller in this process.

    The loopback developer is not limited here: nobody else uses that machine, and benchmarks run on it.
    Raises UserFault (``throttled``).
    """
    if caller.user is not None:
        limits.spend(RATES["analyze"], caller.identity, shared=False)


def _scope(request: Request, view: Any) -> str:
    if request.method in SAFE_METHODS:
        return "read"
    return getattr(view, "throttle_scope", None) or "operate"
