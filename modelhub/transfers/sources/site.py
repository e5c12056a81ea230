"""A remote source's address with its sign-in and its time: every answer is judged before it is used."""

import math
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from modelhub import conf, outbound
from modelhub.artifacts import strictjson
from modelhub.errors import Code, SystemFault, Unavailable
from modelhub.outbound import Caps, Reply

# A list of some ten thousand packages; what is larger is no list that anybody reads.
_JSON_BYTES = 16 * 1024 * 1024
_SIGN_IN = (401, 403)
# People and schedules wait for these: whether something is there, and what.
LOOK_S = 10.0
LIST_S = 30.0
_BUSY = 429


class Site:
    """One operation's view of a remote source; all its calls together end within ``seconds``.

    That is at most ``SOURCE_SECONDS``, the time for fetching a package. Calls raise Unavailable
    (``source_unavailable``), SystemFault (``source_invalid``), InputInvalid (``address_refused``).
    """

    def __init__(self, base: str, *, credential: str = "", seconds: float = math.inf) -> None:
        self.base = base.rstrip("/")
        self._headers = outbound.authorization(credential)
        self._credential = credential
        self._seconds = min(seconds, conf.number("SOURCE_SECONDS"))
        self._ends = time.monotonic() + self._seconds

    def call(
        self, path: str, query: Mapping[str, str] | None = None, *, method: str = "GET", body: bytes = b""
    ) -> Reply:
        """The answer of any status but those that say the site itself is unfit at present."""
        headers = self._headers | {"Accept": "application/json"}
        sent = body if method != "GET" else None
        reply = outbound.fetch(
            method, self._url(path, query), headers=headers, body=sent, caps=self._caps(_JSON_BYTES)
        )
        self._require_fit(reply)
        return reply

    def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON value of an answer of 200."""
        return self.parsed(self.call(path, query))

    def parsed(self, reply: Reply) -> Any:
        """The JSON value of an answer that has to be 200."""
        if reply.status != 200:
            raise self.unusable(f"it answered {reply.status} where a result was expected")
        try:
            return strictjson.parse_value(reply.body, max_bytes=_JSON_BYTES)
        except strictjson.StrictJSONError:
            raise self.unusable("it is not JSON that can be read") from None

    @contextmanager
    def file(
        self, path: str, query: Mapping[str, str] | None = None, *, room: Path, limit: int
    ) -> Iterator[tuple[Reply, BinaryIO]]:
        """A file of at most ``limit`` bytes as a nameless one in ``room``; empty unless the status is 200."""
        with tempfile.TemporaryFile(dir=room) as file:
            reply, _ = outbound.download(
                self._url(path, query), file, headers=self._headers, caps=self._caps(limit)
            )
            self._require_fit(reply)
            file.seek(0)
            yield reply, file

    def unusable(self, why: str) -> SystemFault:
        """The fault of a site whose answer does not say what it must."""
        return SystemFault(
            Code.SOURCE_INVALID,
            f"The answer of {self.base} was not used: {why}. Check the address of the source.",
        )

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        return f"{self.base}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")

    def _caps(self, limit: int) -> Caps:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unavailable(
                Code.SOURCE_UNAVAILABLE,
                f"{self.base} answers too slowly: its time of {self._seconds:g} s is over. Try again later.",
            )
        return Caps(total_s=left, bytes=limit)

    def _require_fit(self, reply: Reply) -> None:
        if reply.status in _SIGN_IN:
            named = (
                f"the credential in {self._credential}" if self._credential else "a call without credential"
            )
            raise SystemFault(
                Code.SOURCE_INVALID, f"{self.base} refuses {named}. Name the right secret variable."
            )
        if reply.status >= 500 or reply.status == _BUSY:
            raise Unavailable(
                Code.SOURCE_UNAVAILABLE,
                f"{self.base} answered {reply.status}. Try again, or see its own log.",
            )
