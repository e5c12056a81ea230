"""Who is calling: a signed-in user, or in the development profile a guarded loopback caller.

The loopback caller exists so that the documented curl lines work on a fresh machine. It is granted
only when every guard holds (a web page open in the same browser must not be able to act): the
profile, the peer address, no proxy in between, our own Host, no foreign Origin, no cross-site fetch.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.errors import AccessDenied, Code

_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip", "X-Forwarded-Host")
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}
DEVELOPER_NAME = "developer (loopback)"

# What the loopback caller may do: an operator's work, never deletion, force or users.
DEVELOPER_PERMISSIONS = frozenset(
    {
        "registry.view_modelversion",
        "registry.load_modelversion",
        "registry.toggle_modelversion",
        "registry.analyze",
        "registry.add_deployment",
        "registry.rollback_deployment",
        "transfers.view_transfer",
        "transfers.view_trainingsource",
        "transfers.import_package",
        "monitoring.view_anomaly",
    }
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who calls the API, with the permissions that hold for this request."""

    name: str
    user: User | None

    is_authenticated = True  # asked by DRF of whatever stands in request.user

    def may(self, permission: str) -> bool:
        """True when the caller has ``app.codename``."""
        if self.user is None:
            return permission in DEVELOPER_PERMISSIONS
        return self.user.is_active and self.user.has_perm(permission)

    def actor(self) -> Actor:
        """The name for history rows."""
        return Actor(self.name, Channel.API)


def identify(request: HttpRequest) -> Caller | None:
    """The caller, or None when nobody is signed in and the loopback guards do not all hold."""
    user: AbstractBaseUser | AnonymousUser | None = getattr(request, "user", None)
    if isinstance(user, User) and user.is_active:
        return Caller(user.get_username(), user)
    return Caller(DEVELOPER_NAME, None) if _is_developer(request) else None


def require(request: HttpRequest, permission: str) -> Caller:
    """The caller, who has ``permission``; raises AccessDenied (401 or 403) otherwise."""
    caller = identify(request)
    if caller is None:
        raise AccessDenied(Code.NOT_AUTHENTICATED, "Sign in first; this call has no valid credentials.")
    if not caller.may(permission):
        raise AccessDenied(Code.PERMISSION_DENIED, f"{caller.name} lacks the permission {permission}.")
    return caller


def _is_developer(request: HttpRequest) -> bool:
    return (
        conf.flag("DEV_ANONYMOUS")
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
        # Whoever presents a credential wants to be known by it; a wrong one must not become more.
        and "Authorization" not in request.headers
        and not any(header in request.headers for header in _PROXY_HEADERS)
        and _host(request.headers.get("Host", "")) in _LOOPBACK_HOSTS
        and _is_own_page(request)
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


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
