"""How long the hub waits for its database server before it says that it does not answer."""

import os
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.core import signals
from django.db import connection, connections
from django.db.backends.signals import connection_created

from modelhub import errands
from modelhub.errors import Code, Unavailable

Found = TypeVar("Found")
STATEMENT_S = 5
ENGINE = "modelhub.postgresql"
HELPERS = 4

# A server that is away is noticed in seconds, also by a connection whose peer vanished without a word; a row
# that somebody else holds for longer than two seconds is an answer ("try again"), not a wait.
POSTGRESQL: dict[str, object] = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5_000,
    "options": "-c lock_timeout=2s",
}

_errands: errands.Errands | None = None  # there is one where this process serves from a database server


def options(database: Mapping[str, object]) -> dict[str, object]:
    """The connection's options for a PostgreSQL database: ours, and over them those of its URL."""
    asked = database.get("OPTIONS")
    return POSTGRESQL | (asked if isinstance(asked, dict) else {})


def limit_statements() -> None:
    """No statement of this process runs longer than five seconds on PostgreSQL: for those that serve.

    The server is told, and :mod:`modelhub.postgresql` gives up a server that does not even say that.
    Commands, workers and migrations have no such limit. Call it before the first connection is made.
    """
    for settings in connections.settings.values():
        if settings["ENGINE"].endswith("postgresql"):
            options = settings["OPTIONS"].get("options", "")
            settings["OPTIONS"]["options"] = f"{options} -c statement_timeout={STATEMENT_S}s".strip()
            settings["ENGINE"] = ENGINE
            _send_others()


def within(seconds: float, work: Callable[[], Found]) -> Found:
    """What ``work`` answers; it asks the database and has ``seconds`` for that.

    Where this process serves from a database server another thread does the work, with a connection of its
    own, so that a request never waits longer. Elsewhere, and inside a transaction, it is done here and
    nothing is limited. Raises what ``work`` raises, and Unavailable (``database_unavailable``) when it has
    not come back in time, or at once where all such threads are still held up.
    """
    if _errands is None or connection.in_atomic_block:
        return work()
    try:
        return _errands.within(seconds, work)
    except errands.TooLate:
        raise Unavailable(
            Code.DATABASE_UNAVAILABLE, "The database does not answer. Try again in a few seconds."
        ) from None


class _Thread(threading.local):
    """What is known of the connections of one thread, at less than the cost of asking Django."""

    may_have_some = False


_thread = _Thread()


def settle() -> None:
    """This thread's connections that grew old or broke are closed, as after a request of Django's own."""
    if _thread.may_have_some:
        signals.request_finished.send(sender=settle)
        _thread.may_have_some = any(
            one.connection is not None for one in connections.all(initialized_only=True)
        )


def _note_connection(**_: object) -> None:
    _thread.may_have_some = True


connection_created.connect(_note_connection)


def _send_others() -> None:
    global _errands
    if _errands is None:
        _errands = errands.Errands(HELPERS)
        os.register_at_fork(after_in_child=_errands.start_afresh)
