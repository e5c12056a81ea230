"""Claiming an idempotency key: the row first, then the work; the database decides who works."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from modelhub import ownership
from modelhub.api.models import IdempotencyKey
from modelhub.errors import Code, Conflict, InputInvalid

KEPT = timedelta(hours=24)
# A run in a process that cannot be looked at (another host) counts as crashed after this long.
_ABANDONED = timedelta(minutes=10)
_BATCH = 1000
_running: set[str] = set()  # claims that this process works on


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for under a key; ``operation`` and ``fingerprint`` are SHA-256 digests."""

    caller: str
    operation: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer as it is replayed."""

    status: int
    content_type: str
    headers: dict[str, str]
    body: str


def claim(wish: Wish) -> str | Answer:
    """The name of a fresh claim for the caller to work under, or the answer that was given before.

    Raises InputInvalid (``idempotency_mismatch``) for a key that was used with another body, and
    Conflict (``idempotency_in_progress``) while another run works on it.
    """
    name = secrets.token_hex(16)
    now = timezone.now()
    fresh = {"fingerprint": wish.fingerprint, "claim": name, "owner": ownership.this_process()}
    _running.add(name)
    try:
        found = _claimed(wish, fresh, now)
    except BaseException:
        _running.discard(name)
        raise
    if found is not None:
        _running.discard(name)
    return name if found is None else found


def finish(name: str, answer: Answer) -> None:
    """The answer is kept and will be replayed, if the claim was not taken over meanwhile."""
    _running.discard(name)
    IdempotencyKey.objects.filter(claim=name).update(
        status=answer.status, content_type=answer.content_type, headers=answer.headers, body=answer.body
    )


def release(name: str) -> None:
    """The key is free: the same request may be tried again."""
    _running.discard(name)
    IdempotencyKey.objects.filter(claim=name).delete()


def prune() -> int:
    """Keys older than 24 hours are gone, in batches; answers how many."""
    removed = 0
    old = IdempotencyKey.objects.filter(claimed_at__lt=timezone.now() - KEPT)
    while batch := list(old.order_by("claimed_at").values_list("pk", flat=True)[:_BATCH]):
        removed += IdempotencyKey.objects.filter(pk__in=batch).delete()[0]
    return removed


def _claimed(wish: Wish, fresh: dict[str, str], now: datetime) -> Answer | None:
    """None when the key is ours now, else the stored answer."""
    place = {"caller": wish.caller[:150], "operation": wish.operation, "key": wish.key}
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(**place, **fresh, claimed_at=now)
        return None
    except IntegrityError:
        row = IdempotencyKey.objects.filter(**place).first()
    if row is None:  # released between our insert and our look
        raise _in_progress()
    if row.claimed_at >= now - KEPT:
        if row.fingerprint != wish.fingerprint:
            raise InputInvalid(
                Code.IDEMPOTENCY_MISMATCH,
                "This Idempotency-Key was used for another request. Use a new key for a new request.",
            )
        if row.status is not None:
            return Answer(row.status, row.content_type, row.headers, row.body)
        if not _is_crashed(row, now):
            raise _in_progress()
    taken = IdempotencyKey.objects.filter(pk=row.pk, claim=row.claim).update(
        **fresh, claimed_at=now, status=None, content_type="", headers={}, body=""
    )
    if not taken:
        raise _in_progress()
    return None


def _is_crashed(row: IdempotencyKey, now: datetime) -> bool:
    """True when nobody works on it any more: its process ended, or it left this one without an answer."""
    if row.owner == ownership.this_process():
        return row.claim not in _running
    gone = ownership.is_gone(row.owner)
    return row.claimed_at < now - _ABANDONED if gone is None else gone


def _in_progress() -> Conflict:
    return Conflict(
        Code.IDEMPOTENCY_IN_PROGRESS,
        "A request with this Idempotency-Key is still running. Try again in a few seconds.",
    )
