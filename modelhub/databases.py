"""How long the hub waits for its database server before it says that it does not answer."""

from collections.abc import Mapping

from django.db import connections

STATEMENT_S = 5

# A server that is away is noticed in seconds, also by a connection whose peer vanished without a word; a row
# that somebody else holds for longer than two seconds is an answer ("try again"), not a wait.
POSTGRESQL: dict[str, object] = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5_000,
    "options": "-c lock_timeout=2s",
}


def options(database: Mapping[str, object]) -> dict[str, object]:
    """The connection's options for a PostgreSQL database: ours, and over them those of its URL."""
    asked = database.get("OPTIONS")
    return POSTGRESQL | (asked if isinstance(asked, dict) else {})


def limit_statements() -> None:
    """No statement of this process runs longer than five seconds on PostgreSQL: for those that serve.

    Commands, workers and migrations have no such limit. Call it before the first connection is made.
    """
    for settings in connections.settings.values():
        if settings["ENGINE"].endswith("postgresql"):
            options = settings["OPTIONS"].get("options", "")
            settings["OPTIONS"]["options"] = f"{options} -c statement_timeout={STATEMENT_S}s".strip()
