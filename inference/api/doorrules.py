"""Which requests the door may answer itself, and the headers that Django's middleware would have added.

Whatever is not plainly an API client's POST goes the long way through Django and its middleware.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string

Headers = tuple[tuple[str, str], ...]

_ADDING_HEADERS = (
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
# What these do for a plain POST is done by the door or its views: id, address, host check, forged requests.
# Or it is nothing: there is no cookie, hence no session, user or message; static files are not posted to.
_STOOD_IN_FOR = {
    "modelhub.api.context.request_context",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "modelhub.api.conditional.conditional_reads",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "opentelemetry.instrumentation.django.middleware.otel_middleware._DjangoMiddleware",  # modelhub.tracing
}
_MOST_HOSTS = 256  # host names are the callers' words: the memory of them is bounded


def unknown_middleware() -> list[str]:
    """Middleware in the settings that the door knows nothing of; while there is any it must stay closed."""
    return [path for path in settings.MIDDLEWARE if path not in {*_ADDING_HEADERS, *_STOOD_IN_FOR}]


class Plainness:
    """Tells plain requests by their WSGI environment; remembers the host names it has checked."""

    def __init__(self) -> None:
        self._hosts: set[str] = set()
        self._is_strict = settings.SECURE_SSL_REDIRECT or settings.USE_X_FORWARDED_HOST
        self._is_open = not (
            settings.PREPEND_WWW or settings.DISALLOWED_USER_AGENTS or settings.FORCE_SCRIPT_NAME
        )

    def holds(self, environ: Mapping[str, Any]) -> bool:
        """True for a POST without cookies and origin, to a host that is served, with nothing to redirect."""
        return (
            environ["REQUEST_METHOD"] == "POST"
            and "HTTP_COOKIE" not in environ
            and "HTTP_ORIGIN" not in environ
            and not environ.get("SCRIPT_NAME")
            and self._is_open
            and self._is_served(environ.get("HTTP_HOST", ""))
            and not (self._is_strict and _wants_care(environ))
        )

    def _is_served(self, host: str) -> bool:
        if host in self._hosts:
            return True
        domain, _port = split_domain_port(host)
        if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
            return False
        if len(self._hosts) < _MOST_HOSTS:
            self._hosts.add(host)
        return True


class AddedHeaders:
    """What the middleware in the settings adds to an answer: asked once, the same for every plain request."""

    def __init__(self) -> None:
        self._known: dict[bool, Headers] = {}
        self._is_proxied = bool(settings.SECURE_PROXY_SSL_HEADER)
        answer: Callable[[HttpRequest], HttpResponse] = _bare
        for path in reversed(settings.MIDDLEWARE):
            if path in _ADDING_HEADERS:
                answer = import_string(path)(answer)
        self._answer = answer

    def to(self, request: HttpRequest) -> Headers:
        """Names and values for this request; they differ between plain and encrypted ones only."""
        is_secure = request.is_secure() if self._is_proxied else request.META["wsgi.url_scheme"] == "https"
        if is_secure not in self._known:
            found = self._answer(request).items()
            self._known[is_secure] = tuple(pair for pair in found if pair[0] != "Content-Type")
        return self._known[is_secure]


def _bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _wants_care(environ: Mapping[str, Any]) -> bool:
    """A request that may have to be redirected, or whose host is another than it says."""
    if settings.USE_X_FORWARDED_HOST:
        return True
    if environ.get("wsgi.url_scheme") == "https":
        return False
    if not settings.SECURE_PROXY_SSL_HEADER:
        return True
    name, secure = settings.SECURE_PROXY_SSL_HEADER
    return str(environ.get(name, "")).split(",", 1)[0].strip() != secure
