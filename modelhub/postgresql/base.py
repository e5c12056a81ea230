"""The engine: every wait for the server has an end, also where the server itself says nothing."""

import time
from collections.abc import Generator
from functools import partial
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from modelhub.postgresql.silence import Unanswered, is_patient, silence

STATEMENT_S = 6.0  # a second more than the limit that the server is told
_SAID = "the database server says nothing"


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; OperationalError at once while the server is known to say nothing."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection whose waits end after six seconds, or as soon as the server is known to be silent."""
        _refuse_if_silent()
        try:
            with silence.waiting():
                raw = _connected(super().get_new_connection, conn_params)
        except Unanswered:
            raise psycopg.OperationalError(_SAID) from None
        raw.wait = partial(_wait, raw)
        return raw


def _connected(connect: Any, conn_params: dict[str, Any]) -> Any:
    try:
        return connect(conn_params)
    except psycopg.errors.ConnectionTimeout:
        raise Unanswered from None


def _wait(raw: Any, work: Generator[Any, Any, Any], *arguments: Any, **options: Any) -> Any:
    """As psycopg's own, but given up in time; the connection is of no use then."""
    _refuse_if_silent()
    try:
        with silence.waiting() as began_s:
            return type(raw).wait(raw, _watched(work, began_s), *arguments, **options)
    except Unanswered:
        raw.pgconn.finish()
        raise psycopg.OperationalError(_SAID) from None


def _watched(work: Generator[Any, Any, Any], began_s: float) -> Generator[Any, Any, Any]:
    """The same steps; looks at the clock whenever psycopg looks whether it was interrupted."""
    try:
        wanted = next(work)
        while True:
            ready = yield wanted
            if not ready and (time.monotonic() - began_s > STATEMENT_S or _is_hopeless()):
                raise Unanswered
            wanted = work.send(ready)
    except StopIteration as done:
        return done.value


def _is_hopeless() -> bool:
    return not is_patient() and silence.is_on()


def _refuse_if_silent() -> None:
    if _is_hopeless():
        raise psycopg.OperationalError(_SAID)
