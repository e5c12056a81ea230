"""Django's own request for a plain call, which costs less where such a call needs less."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.handlers.wsgi import LimitedStream, WSGIRequest
from django.http import HttpRequest, QueryDict
from django.http.request import HttpHeaders
from django.utils.functional import cached_property

_LONGEST_REMEMBERED = 200
_JSON = "application/json"
_NO_PARAMETERS = QueryDict()
_NOBODY = AnonymousUser()


class PlainHeaders(Mapping[str, str]):
    """Headers of a WSGI environment by name, whatever the case: looked up where Django copies them all."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ[_wsgi_name(name)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _wsgi_name(name) in self._environ

    def __iter__(self) -> Iterator[str]:
        return iter(HttpHeaders(self._environ))

    def __len__(self) -> int:
        return len(HttpHeaders(self._environ))


class PlainRequest(WSGIRequest):
    """A request without cookies: nobody is signed in. Everything else is as Django has it.

    The path must be one of our own, which needs no decoding, and not below a prefix.
    """

    user = _NOBODY
    COOKIES = MappingProxyType({})  # type: ignore[assignment,var-annotated]
    request_id = ""
    resolver_match = None
    _read_started = False

    def __init__(self, environ: dict[str, Any]) -> None:
        """Each part is made when it is first asked for; of most nobody asks."""
        self.environ = self.META = environ
        self.path = self.path_info = environ["PATH_INFO"]
        self.method = environ["REQUEST_METHOD"]
        if environ.get("CONTENT_TYPE") == _JSON:
            self.content_type, self.content_params = _JSON, {}
        else:
            self._set_content_type_params(environ)  # type: ignore[attr-defined]  # not in the stubs

    @cached_property
    def _stream(self) -> LimitedStream:  # type: ignore[override]
        return LimitedStream(self.META["wsgi.input"], _length(self.META.get("CONTENT_LENGTH")))

    @cached_property
    def headers(self) -> PlainHeaders:  # type: ignore[override]
        """As Django's."""
        return PlainHeaders(self.META)

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]
        """The query parameters; one empty set for all calls without any."""
        return super().GET if self.META.get("QUERY_STRING") else _NO_PARAMETERS

    def accepts(self, media_type: str) -> bool:
        """As Django's; clients send the same few headers over and over."""
        header = self.META.get("HTTP_ACCEPT", "*/*")
        if len(header) > _LONGEST_REMEMBERED:
            return super().accepts(media_type)
        return _accepts(header, media_type)


def _length(header: str | None) -> int:
    """As Django has it: what is no number is no body."""
    try:
        return int(header or 0)
    except ValueError:
        return 0


@lru_cache(maxsize=256)
def _wsgi_name(name: str) -> str:
    return HttpHeaders.to_wsgi_name(name)


@lru_cache(maxsize=256)
def _accepts(header: str, media_type: str) -> bool:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = header
    return request.accepts(media_type)
