"""Calling an address: one request, one capped answer, every fault in one of three words.

``address_refused``: it may not be called. ``source_unavailable``: it did not answer in time.
``source_invalid``: what it answered cannot be used.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from ssl import SSLCertVerificationError, SSLError
from typing import BinaryIO

from modelhub.errors import Code, SystemFault, Unavailable
from modelhub.outbound import addresses
from modelhub.outbound.connection import Connection
from modelhub.outbound.locations import Location, parse
from modelhub.outbound.values import Caps, Reply

_STEP = 64 * 1024
_OK = 200
_ERROR_BYTES = 64 * 1024  # of an answer that is no file


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    caps: Caps = Caps(),  # noqa: B008 (frozen)
    allow_private: bool = False,
) -> Reply:
    """The answer to one request, whatever its status but a redirect.

    ``allow_private`` lifts the refusal of private networks, never that of metadata and link-local
    addresses. Raises InputInvalid (``address_refused``), Unavailable (``source_unavailable``) where
    nothing usable came in time, SystemFault (``source_invalid``) for a redirect, a body above
    ``caps.bytes`` or cut short, a compressed one, a TLS certificate that does not verify.
    """
    with _exchange(method, url, headers, body, caps, allow_private=allow_private) as exchange:
        return exchange.reply(b"".join(exchange.chunks(caps.bytes)))


def download(
    url: str,
    file: BinaryIO,
    *,
    headers: Mapping[str, str] | None = None,
    caps: Caps = Caps(),  # noqa: B008 (frozen)
    allow_private: bool = False,
) -> tuple[Reply, str]:
    """GET into ``file``: an answer of 200 is written there and its SHA-256 in hexadecimal comes back.

    Of any other status the body is in the reply and the hash is empty. Raises as :func:`fetch`, and
    the file's own OSError; what was written then is of no use.
    """
    with _exchange("GET", url, headers, None, caps, allow_private=allow_private) as exchange:
        if exchange.response.status != _OK:
            return exchange.reply(b"".join(exchange.chunks(min(_ERROR_BYTES, caps.bytes)))), ""
        digest = hashlib.sha256()
        for chunk in exchange.chunks(caps.bytes):
            digest.update(chunk)
            file.write(chunk)
        return exchange.reply(b""), digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Exchange:
    """An answer whose head is read and whose body is not."""

    location: Location
    connection: Connection
    caps: Caps
    response: HTTPResponse

    def reply(self, body: bytes) -> Reply:
        headers = {name.lower(): value for name, value in self.response.getheaders()}
        return Reply(self.response.status, headers, body)

    def chunks(self, limit: int) -> Iterator[bytes]:
        """The body in pieces; announced lengths are taken for claims."""
        announced, size = self.response.length, 0
        if announced is not None and announced > limit:
            raise _broken(self.location, f"it announced more than {limit} bytes")
        while chunk := self._read():
            size += len(chunk)
            if size > limit:
                raise _broken(self.location, f"it sent more than {limit} bytes")
            yield chunk
        if self.connection.expired:
            raise _away(self.location, self.caps, late=True)
        if announced is not None and size < announced:
            raise _broken(self.location, "it ended before the length that it announced")

    def _read(self) -> bytes:
        with _in_our_words(self.location, self.connection, self.caps):
            return self.response.read(_STEP)


@contextmanager
def _exchange(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    body: bytes | None,
    caps: Caps,
    *,
    allow_private: bool,
) -> Iterator[_Exchange]:
    deadline = time.monotonic() + caps.total_s
    location = parse(url)
    seconds = min(caps.connect_s, caps.total_s)
    found = addresses.resolve(location, seconds=seconds, allow_private=allow_private)
    connection = Connection(location, found, caps=caps, deadline=deadline)
    sent = {"Host": location.authority, "Accept-Encoding": "identity", "Connection": "close"}
    response = None
    try:
        with _in_our_words(location, connection, caps):
            connection.request(method, location.target, body=body, headers=sent | dict(headers or {}))
            response = connection.getresponse()
        _require_usable(location, response)
        yield _Exchange(location, connection, caps, response)
    finally:
        if response is not None:
            response.close()
        connection.end()


def _require_usable(location: Location, response: HTTPResponse) -> None:
    if 300 <= response.status < 400:
        raise _broken(location, "it redirects to another address, which is never followed")
    if response.getheader("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise _broken(location, "it compressed the answer, which was not asked for")


@contextmanager
def _in_our_words(location: Location, connection: Connection, caps: Caps) -> Iterator[None]:
    """What sockets, TLS and HTTP raise, as one of our faults."""
    try:
        yield
    except (OSError, HTTPException) as error:
        if connection.expired or isinstance(error, TimeoutError):
            raise _away(location, caps, late=True) from None
        if isinstance(error, SSLCertVerificationError):
            raise _broken(location, "its TLS certificate does not verify") from None
        if isinstance(error, IncompleteRead):
            raise _broken(location, "it ended before its end was announced") from None
        if isinstance(error, SSLError | HTTPException) and not isinstance(error, ConnectionError):
            raise _broken(
                location, "it does not speak proper HTTP, or the wrong one of http and https"
            ) from None
        raise _away(location, caps, late=False) from None


def _away(location: Location, caps: Caps, *, late: bool) -> Unavailable:
    how = f"did not finish its answer in time ({caps.total_s:g} s in all)" if late else "cannot be reached"
    return Unavailable(
        Code.SOURCE_UNAVAILABLE, f"{location.authority} {how}. Check that it is up, and try again."
    )


def _broken(location: Location, why: str) -> SystemFault:
    return SystemFault(
        Code.SOURCE_INVALID, f"The answer of {location.authority} was not used: {why}. Check the address."
    )
