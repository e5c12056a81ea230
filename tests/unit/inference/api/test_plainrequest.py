"""The shorter request says of itself what Django's own says."""

import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest

from inference.api.plainrequest import PlainRequest

NAMES = ("Host", "host", "Content-Type", "content-length", "X_Own", "X-Own", "Absent", "Content_Type")
ACCEPTS = (
    "*/*",
    "application/json",
    "text/html",
    "application/*;q=0.1",
    "application/json;q=0",
    "",
    "a" * 300,
)


def _environ(**more: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/models/predict",
        "CONTENT_TYPE": "application/json; charset=utf-8",
        "CONTENT_LENGTH": "2",
        "HTTP_HOST": "localhost",
        "HTTP_X_OWN": "1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b"{}"),
    } | more


@pytest.mark.parametrize("name", NAMES)
def test_headers_are_found_by_the_same_names(name: str) -> None:
    ours, djangos = PlainRequest(_environ()).headers, WSGIRequest(_environ()).headers
    assert (ours.get(name), name in ours) == (djangos.get(name), name in djangos)


def test_all_headers_are_the_same() -> None:
    assert dict(PlainRequest(_environ()).headers) == dict(WSGIRequest(_environ()).headers)


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson"])
def test_the_same_answers_are_accepted(accept: str, media_type: str) -> None:
    environ = _environ(HTTP_ACCEPT=accept)
    assert PlainRequest(environ).accepts(media_type) == WSGIRequest(environ).accepts(media_type)


def test_without_an_accept_header_anything_is() -> None:
    assert PlainRequest(_environ()).accepts("application/json")


@pytest.mark.parametrize("query", ["", "model=a&version=b", "model=", "model=%C3%A4", "model=a&model=b"])
def test_query_parameters_are_the_same(query: str) -> None:
    environ = _environ(QUERY_STRING=query)
    assert PlainRequest(environ).GET == WSGIRequest(environ).GET


def test_one_request_cannot_change_the_parameters_of_the_next() -> None:
    with pytest.raises(AttributeError):
        PlainRequest(_environ()).GET["model"] = "other"


def test_nobody_is_signed_in() -> None:
    request = PlainRequest(_environ())
    assert not request.user.is_authenticated
    assert not request.COOKIES


def test_the_body_is_read_as_ever() -> None:
    assert PlainRequest(_environ()).read(100) == b"{}"
