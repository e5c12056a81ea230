"""When a token was last used: known to the minute, and never at the cost of the request it came with."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from modelhub.accounts.models import ApiToken

log = logging.getLogger(__name__)
INTERVAL = timedelta(minutes=1)
_PATIENCE_MS = 50


def note(token: ApiToken) -> None:
    """The row says that the token was used within the last minute, unless it cannot be written now."""
    note_all([token])


def note_all(tokens: Sequence[ApiToken]) -> None:
    """As :func:`note` for each of them, in one statement."""
    now = timezone.now()
    due = [one for one in tokens if one.last_used_at is None or now - one.last_used_at >= INTERVAL]
    if not due:
        return
    for token in due:
        token.last_used_at = now
    outdated = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - INTERVAL)
    try:
        with _short_patience(), transaction.atomic():
            ApiToken.objects.filter(outdated, pk__in=[one.pk for one in due]).update(last_used_at=now)
    except (DatabaseError, InterfaceError):
        log.info("the last use could not be written", extra={"tokens": [one.token_key for one in due]})


@contextmanager
def _short_patience() -> Iterator[None]:
    """SQLite waits for another writer for as long as its settings say; for this it need not."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual)}")
