"""The engine: every wait for the server has an end, also where the server itself says nothing."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from modelhub.postgresql import lateness
from modelhub.postgresql.silence import Unanswered, is_patient, silence

STATEMENT_S = 6.0  # a second more than the limit that the server is told; of one call all late ones together
_SAID = "the database server says nothing"


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; OperationalError at once while the server is known to say nothing."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection whose waits end after six seconds, or as soon as the server is known to be silent."""
        with _waiting():
            raw = _connected(super().get_new_connection, conn_params)
        raw.wait = partial(_wait, raw)
        return raw


@contextmanager
def _waiting() -> Iterator[float]:
    """The block waits for the server; gives the monotonic time at which it has to raise Unanswered.

    Raises OperationalError then, and at once where waiting is of no use.
    """
    late, began_s = lateness.so_far(), time.monotonic()
    if _is_hopeless() or late.total_s >= STATEMENT_S:
        raise psycopg.OperationalError(_SAID)
    try:
        with silence.waiting():
            yield began_s + STATEMENT_S - late.total_s
    except Unanswered:
        raise psycopg.OperationalError(_SAID) from None
    finally:
        late.add(time.monotonic() - began_s)


def _connected(connect: Any, conn_params: dict[str, Any]) -> Any:
    try:
        return connect(conn_params)
    except psycopg.errors.ConnectionTimeout:
        raise Unanswered from None


def _wait(raw: Any, work: Generator[Any, Any, Any], *arguments: Any, **options: Any) -> Any:
    """As psycopg's own, but given up in time; the connection is of no use then."""
    with _waiting() as until_s:
        try:
            return type(raw).wait(raw, _watched(work, until_s), *arguments, **options)
        except Unanswered:
            raw.pgconn.finish()
            raise


def _watched(work: Generator[Any, Any, Any], until_s: float) -> Generator[Any, Any, Any]:
    """The same steps; looks at the clock whenever psycopg looks whether it was interrupted."""
    try:
        wanted = next(work)
        while True:
            ready = yield wanted
            if not ready and (time.monotonic() > until_s or _is_hopeless()):
                raise Unanswered
            wanted = work.send(ready)
    except StopIteration as done:
        return done.value


def _is_hopeless() -> bool:
    return not is_patient() and silence.is_on()
