"""What stands between the web server and Django: chunked bodies get the length that Django needs.

Django reads no body without a Content-Length, so a chunked one would be taken for empty. Here it is
read first, into memory while it is small and to the disk beyond that.
"""

import tempfile
from collections.abc import Callable, Iterable
from typing import IO, Any

_IN_MEMORY = 1024 * 1024
_PIECE = 64 * 1024

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Doorway:
    """A WSGI application in front of another.

    Of a chunked body at most ``most_bytes`` of its path and one more are passed on: longer than every
    limit behind it, so whoever reads it answers 413. The caller is not known yet, so only the addresses
    that take packages may fill the disk with more than a call's worth.
    """

    def __init__(self, application: Application, *, most_bytes: Callable[[str], int]) -> None:
        self._application = application
        self._most_bytes = most_bytes

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer the request."""
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" not in environ:
            return self._application(environ, start_response)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            most = self._most_bytes(environ.get("PATH_INFO", ""))
            length = _receive(environ["wsgi.input"], body, most + 1)
            environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
            return self._application(environ, start_response)


def _receive(source: IO[bytes], body: IO[bytes], most: int) -> int:
    """Number of bytes copied, at most ``most``; the body then stands at its beginning."""
    while body.tell() < most and (piece := source.read(min(_PIECE, most - body.tell()))):
        body.write(piece)
    length = body.tell()
    body.seek(0)
    return length
