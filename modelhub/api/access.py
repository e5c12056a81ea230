"""Who is calling: a token, a signed-in user, or in the development profile a guarded loopback caller.

The loopback caller exists so that the documented curl lines work on a fresh machine. It is granted
only when every guard holds (a web page open in the same browser must not be able to act): the
profile, the peer address, no proxy in between, our own Host, no foreign Origin, no cross-site fetch.
Whoever presents a credential is known by it or by nothing: a wrong one never becomes the loopback caller.
"""

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest

from modelhub import conf
from modelhub.accounts import credentials, limits, refusals
from modelhub.accounts.caller import Caller
from modelhub.api.addresses import address_of
from modelhub.errors import AccessDenied, Code

_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip", "X-Forwarded-Host")
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}
DEVELOPER_NAME = "developer (loopback)"
_UNKNOWN = "Sign in first; this call has no valid credentials."


def identify(request: HttpRequest, *, from_memory: bool = False) -> Caller | None:
    """The caller, or None when nobody is signed in and the loopback guards do not all hold.

    ``from_memory`` is for scoring, see :mod:`modelhub.accounts.remembered`. Raises AccessDenied (401) for
    a credential that is not valid, UserFault (``throttled``) for too many of those.
    """
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is not None:
        if from_memory and (caller := credentials.recalled(header)) is not None:
            return caller
        token = credentials.token_of(header, address_of(request), from_memory=from_memory)
        return Caller(token.user.get_username(), token.user, token)
    user: AbstractBaseUser | AnonymousUser | None = getattr(request, "user", None)
    if isinstance(user, User) and user.is_active:
        return Caller(user.get_username(), user)
    return Caller(DEVELOPER_NAME, None) if _is_developer(request) else None


def require(request: HttpRequest, permission: str, *, from_memory: bool = False) -> Caller:
    """The caller, who has ``permission``.

    Raises AccessDenied (401 or 403) otherwise, and what :func:`identify` and :func:`unknown` raise.
    """
    caller = identify(request, from_memory=from_memory)
    if caller is None:
        raise unknown(request)
    if not caller.may(permission):
        raise denied(request, caller, permission)
    return caller


def unknown(request: HttpRequest) -> AccessDenied:
    """The error for a call of nobody; counted as a read of its address.

    Raises UserFault (``throttled``) instead when that address called too often.
    """
    limits.spend("THROTTLE_READ", f"address:{limits.site_of(address_of(request))}")
    return AccessDenied(Code.NOT_AUTHENTICATED, _UNKNOWN)


def denied(request: HttpRequest, caller: Caller, permission: str) -> AccessDenied:
    """The error for someone who lacks a permission; a change that was tried is recorded."""
    refusals.denied(
        caller.actor(), request.method or "", request.path, caller=caller.identity, permission=permission
    )
    return AccessDenied(Code.PERMISSION_DENIED, f"{caller.name} lacks the permission {permission}.")


def _is_developer(request: HttpRequest) -> bool:
    return (
        conf.flag("DEV_ANONYMOUS")
        and conf.number("NUM_PROXIES") == 0
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
        # An ended session is a credential too: its user is asked to sign in again, not made an operator.
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not any(header in request.headers for header in _PROXY_HEADERS)
        and _host(request.headers.get("Host", "")) in _LOOPBACK_HOSTS
        and _is_own_page(request)
    )


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    # A socket of both families shows IPv4 callers as ::ffff:127.0.0.1.
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


@lru_cache(maxsize=256)
def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _is_own_page(request: HttpRequest) -> bool:
    """No browser at all, our own page, or a page of a front end that the operator listed."""
    origin = request.headers.get("Origin")
    if origin in conf.names("DEV_ORIGINS"):
        return True
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return False
    return origin in {None, f"{request.scheme}://{request.headers.get('Host', '')}"}
