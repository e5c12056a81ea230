"""A chunked body reaches the application with its length; everything else passes untouched."""

import io
from typing import Any

from modelhub.doorway import Doorway


def _seen(environ: dict[str, Any], *, most_bytes: int = 10) -> tuple[str | None, bytes]:
    found: list[tuple[str | None, bytes]] = []

    def application(inner: dict[str, Any], start_response: Any) -> list[bytes]:
        found.append((inner.get("CONTENT_LENGTH"), inner["wsgi.input"].read()))
        return [b""]

    Doorway(application, most_bytes=lambda path: most_bytes * (5 if path == "/import" else 1))(
        environ, lambda *_: None
    )
    return found[0]


def test_a_chunked_body_gets_its_length() -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"hello")}
    assert _seen(environ) == ("5", b"hello")


def test_a_chunked_body_beyond_the_limit_is_cut_just_above_it() -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * 1000)}
    assert _seen(environ) == ("11", b"x" * 11)


def test_an_address_that_takes_more_gets_more() -> None:
    body = io.BytesIO(b"x" * 1000)
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body, "PATH_INFO": "/import"}
    assert _seen(environ) == ("51", b"x" * 51)


def test_a_body_with_a_length_passes_untouched() -> None:
    environ = {"CONTENT_LENGTH": "1000", "wsgi.input": io.BytesIO(b"x" * 1000)}
    assert _seen(environ) == ("1000", b"x" * 1000)
