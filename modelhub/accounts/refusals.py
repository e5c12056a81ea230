"""What was refused leaves an entry in the trail, but nobody can fill the trail by being refused."""

import logging
import time
from threading import Lock

from django.db import DatabaseError, InterfaceError, transaction

from modelhub.accounts.rates import Counters, Rate
from modelhub.actors import Actor
from modelhub.audit import trail

log = logging.getLogger(__name__)
_PER_CALLER = Rate(10, 60)
_ALTOGETHER = Rate(120, 60)
_counters = Counters()
_left_out = 0
_lock = Lock()


def note(
    action: str, target: str, actor: Actor, *, caller: str, outcome: trail.Outcome, detail: str = ""
) -> None:
    """The trail has an entry, unless this caller or all of them together had many in the last minute.

    How many were left out is said by the next entry. ``caller`` is what is counted: a token, a user or an
    address. Never raises because of the database: the refusal itself must be answered in any case.
    """
    global _left_out
    if not _has_room(caller):
        with _lock:
            _left_out += 1
        return
    with _lock:
        left_out, _left_out = _left_out, 0
    after = {"left_out": left_out} if left_out else {}
    try:
        with transaction.atomic():
            trail.record(action, target, actor, outcome=outcome, detail=detail, after=after)
    except (DatabaseError, InterfaceError):
        log.warning("a refusal could not be recorded", extra={"action": action})


def denied(actor: Actor, method: str, path: str, *, caller: str, permission: str = "") -> None:
    """Someone known was refused a change; looking where one may not look is answered, not recorded."""
    if method in {"GET", "HEAD", "OPTIONS", "TRACE"}:
        return
    lacking = f"lacks {permission}" if permission else ""
    note(
        "access.denied",
        f"{method} {path}",
        actor,
        caller=caller,
        outcome=trail.Outcome.DENIED,
        detail=lacking,
    )


def forget() -> None:
    """As if nothing had been refused yet."""
    global _left_out
    _left_out = 0
    _counters.forget()


def _has_room(caller: str) -> bool:
    now = time.monotonic()
    return not _counters.spend(f"caller:{caller}", _PER_CALLER, now) and not _counters.spend(
        "altogether", _ALTOGETHER, now
    )
