"""How long metrics are kept: rows go by the age of what they are about, a batch at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.errors import Code, FieldError, InputInvalid
from monitoring.models import InferenceMetric, MeteredProcess
from monitoring.models.metrics import Resolution

BATCH_ROWS = 1_000  # a longer transaction would keep the processes that record waiting
MOST_DAYS = 36_500
_SPANS = {
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Pruned:
    """Metric rows that were (or, in a dry run, would be) deleted, and those that stay."""

    deleted: int
    kept: int


def prune(actor: Actor, *, days_to_keep: int, confirm: bool = False, dry_run: bool = False) -> Pruned:
    """No metric row is about a time that ended more than ``days_to_keep`` days ago; an audit entry says so.

    Rows of time that still runs are never touched. A dry run deletes and records nothing. Raises InputInvalid
    (``param_invalid``) for a number of days that is none, and for 0 without ``confirm``: that is everything.
    """
    _refuse(days_to_keep, confirm=confirm or dry_run)
    before = timezone.now() - timedelta(days=days_to_keep)
    old = InferenceMetric.objects.filter(_ended(before))
    if dry_run:
        count = old.count()
        return Pruned(count, InferenceMetric.objects.count() - count)
    deleted = 0
    try:
        deleted = _deleted(old)
        _deleted(MeteredProcess.objects.filter(seen_at__lt=before))
    finally:
        trail.record("metrics.cleanup", "", actor, after={"days_to_keep": days_to_keep, "deleted": deleted})
    return Pruned(deleted, InferenceMetric.objects.count())


def _refuse(days: int, *, confirm: bool) -> None:
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        raise _invalid("days_to_keep", f"days_to_keep must be a whole number from 0 to {MOST_DAYS}.")
    if days == 0 and not confirm:
        raise _invalid("confirm", "days_to_keep=0 deletes all metrics. Add confirm=true if that is meant.")


def _invalid(name: str, detail: str) -> InputInvalid:
    fault = FieldError(name, detail, str(Code.PARAM_INVALID))
    return InputInvalid(Code.PARAM_INVALID, detail, errors=(fault,))


def _ended(before: datetime) -> Q:
    """Rows whose whole span lies before that moment."""
    ended = Q()
    for resolution, span in _SPANS.items():
        ended |= Q(resolution=resolution, start__lte=before - span)
    return ended


def _deleted(rows: QuerySet[InferenceMetric] | QuerySet[MeteredProcess]) -> int:
    """Rows deleted, each batch in a transaction of its own; no row added meanwhile is part of it."""
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_ROWS]):
        deleted += rows.model._default_manager.filter(pk__in=batch).delete()[0]
    return deleted
