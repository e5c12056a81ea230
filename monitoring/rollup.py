"""Old minutes become hours, old hours become days: an exact sum in place of its parts.

Each span of one version is one transaction that writes the sum and deletes exactly the rows it is made
of, so a run that is killed anywhere, repeated, or overtaken by another loses and doubles nothing.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from modelhub.errors import ArtefactCorrupt
from monitoring import references
from monitoring.metering import rows as metric_rows
from monitoring.metering.aggregate import Aggregate
from monitoring.models import InferenceMetric
from monitoring.models.metrics import Resolution

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of ``parts`` become one of ``whole``, ``span`` long, once that is older than ``age``."""

    parts: Resolution
    whole: Resolution
    span: timedelta
    age: timedelta


RULES = (
    Rule(Resolution.MINUTE, Resolution.HOUR, timedelta(hours=1), timedelta(days=2)),
    Rule(Resolution.HOUR, Resolution.DAY, timedelta(days=1), timedelta(days=60)),
)
_BEGINNINGS = {Resolution.HOUR: TruncHour, Resolution.DAY: TruncDay}


def roll_up(now: datetime | None = None) -> dict[str, int]:
    """No row is finer than its age allows; answers how many were replaced, by resolution.

    Safe beside other runs and beside processes that record. Raises DatabaseError.
    """
    return {rule.parts.value: _apply(rule, now or timezone.now()) for rule in RULES}


def _apply(rule: Rule, now: datetime) -> int:
    before = now.astimezone(UTC) - rule.age - rule.span  # so that the whole span is old enough
    beginning = _BEGINNINGS[rule.whole]("start", tzinfo=UTC)
    spans = (
        InferenceMetric.objects.filter(resolution=rule.parts, start__lte=before)
        .order_by()
        .values_list("version_id", beginning)
        .distinct()
    )
    return sum(_replace(rule, version_id, start) for version_id, start in sorted(spans))


def _replace(rule: Rule, version_id: int, start: datetime) -> int:
    """Rows that became part of the version's one row of that span; none where their bins are damaged."""
    try:
        bins = references.bins_for(version_id)
    except ArtefactCorrupt:  # added up without them the distributions would be gone for good
        log.error("metrics stay as they are: the version's bins are damaged", extra={"version": version_id})
        return 0
    with transaction.atomic():
        parts = list(_parts(rule, version_id, start).select_for_update())
        if not parts:
            return 0
        whole = _whole(rule, version_id, start)
        counted = metric_rows.aggregate_of(whole, bins) if whole.pk else Aggregate()
        for part in parts:
            counted.merge(metric_rows.aggregate_of(part, bins))
        for name, value in metric_rows.columns_of(counted).items():
            setattr(whole, name, value)
        whole.updated_at = max([part.updated_at for part in parts] + [whole.updated_at] * bool(whole.pk))
        whole.save()
        InferenceMetric.objects.filter(pk__in=[part.pk for part in parts]).delete()
    return len(parts)


def _parts(rule: Rule, version_id: int, start: datetime) -> QuerySet[InferenceMetric]:
    return InferenceMetric.objects.filter(
        version_id=version_id, resolution=rule.parts, start__gte=start, start__lt=start + rule.span
    ).order_by("pk")


def _whole(rule: Rule, version_id: int, start: datetime) -> InferenceMetric:
    key = {"version_id": version_id, "resolution": rule.whole, "start": start, "process": ""}
    known = InferenceMetric.objects.select_for_update().filter(**key).first()
    return known or InferenceMetric(**key)
