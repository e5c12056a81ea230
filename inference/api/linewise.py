"""An analyze answer as JSON lines, made while it is sent: large answers never stand in memory as a whole."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from inference.encoding import encode_lines
from inference.intake.jsonbody import NDJSON_TYPES

JSON = "application/json"
ANSWERS = (JSON, *sorted(NDJSON_TYPES))
_LINES_AT_ONCE = 200


def wanted(request: HttpRequest) -> str | None:
    """The media type of JSON lines that the caller prefers to one document, or None; by name only."""
    if "json" not in request.META.get("HTTP_ACCEPT", ""):  # what most clients send is cheap to tell
        return None
    preferred = request.get_preferred_type(ANSWERS)
    return preferred if preferred != JSON else None


def respond(
    head: Mapping[str, Any],
    results: Iterable[Mapping[str, Any]],
    errors: Iterable[Mapping[str, Any]],
    *,
    media_type: str,
) -> StreamingHttpResponse:
    """One line ``head``, one for each result, one ``{"error": …}`` for each record that was not scored.

    All is known by then; only the encoding is left, and that takes any value.
    """
    lines = chain([head], results, ({"error": error} for error in errors))
    return StreamingHttpResponse(_pieces(lines), content_type=media_type)


def _pieces(lines: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    while piece := list(islice(lines, _LINES_AT_ONCE)):
        yield encode_lines(piece)
