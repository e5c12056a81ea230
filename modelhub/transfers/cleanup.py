"""Clearing the history of transfers by the age of its rows; versions and waiting imports stay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.errors import Code, FieldError, InputInvalid
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

SCHEDULE = Actor("schedule", Channel.SCHEDULE)
# A hundred years; beyond that no date can be computed.
MOST_DAYS = 36_500
# Small transactions, so that no other writer waits long.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Cleared:
    """Rows that were (or, for a trial, would be) deleted, and rows that stay."""

    deleted: int
    kept: int


def clear(
    days: int,
    actor: Actor,
    *,
    confirm: bool = False,
    dry_run: bool = False,
    on_rows: Callable[[int], None] | None = None,
) -> Cleared:
    """No ended attempt is older than ``days`` days; what waits or runs stays whatever its age.

    0 days means every ended attempt and needs ``confirm``. ``on_rows`` hears the size of every batch. A
    refusal that is deleted here no longer keeps the same package from being tried again. Raises
    InputInvalid (``param_invalid``), then nothing was deleted.
    """
    _check(days, confirm=confirm or dry_run)
    total = Transfer.objects.count()
    old = older(days)
    if dry_run:
        count = old.count()
        return Cleared(count, total - count)
    deleted = 0
    while batch := list(old.order_by("id").values_list("pk", flat=True)[:BATCH]):
        Transfer.objects.filter(pk__in=batch).delete()
        deleted += len(batch)
        if on_rows is not None:
            on_rows(len(batch))
    cleared = Cleared(deleted, Transfer.objects.count())
    if deleted or actor.channel != Channel.SCHEDULE:
        after = {"days_to_keep": days, "deleted": cleared.deleted, "kept": cleared.kept}
        with transaction.atomic():
            trail.record("transfers.cleanup", "transfer history", actor, after=after)
    return cleared


def older(days: int) -> QuerySet[Transfer]:
    """Ended attempts that ended more than ``days`` days ago."""
    limit = timezone.now() - timedelta(days=days)
    ended = Transfer.objects.exclude(status__in=(TransferStatus.QUEUED, TransferStatus.RUNNING))
    return ended.filter(Q(finished_at__lte=limit) | Q(finished_at=None, started_at__lte=limit))


def sentence(cleared: Cleared, days: int) -> str:
    """What was done, for people."""
    one = cleared.deleted == 1
    what = f"{cleared.deleted} {'attempt' if one else 'attempts'} older than {days} days"
    return f"{what} {'was' if one else 'were'} deleted, {cleared.kept} are kept."


def _check(days: int, *, confirm: bool) -> None:
    if not 0 <= days <= MOST_DAYS:
        raise _wrong("days_to_keep", f"Give whole days from 0 to {MOST_DAYS}.")
    if days == 0 and not confirm:
        raise _wrong("confirm", "0 days deletes every ended attempt; repeat it with confirm=true if meant.")


def _wrong(name: str, detail: str) -> InputInvalid:
    return InputInvalid(
        Code.PARAM_INVALID,
        f"{name}: {detail}",
        errors=(FieldError(name, detail, str(Code.PARAM_INVALID)),),
    )
