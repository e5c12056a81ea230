"""How versions performed over a window: sums and histograms of metric rows, added up."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from modelhub.registry.models import ModelVersion
from monitoring import window as windows
from monitoring.metering import rows as metric_rows
from monitoring.metering.aggregate import Aggregate
from monitoring.models import InferenceMetric, MeteredProcess
from monitoring.window import Window

_Row = dict[str, Any]
_FOR_SUMS = ("pk", "version_id", "start", *metric_rows.MEASURED, "updated_at")
# Of thousands of rows the text is read faster by us than by the column.
_AS_TEXT = Cast("durations", models.TextField())


@dataclass(frozen=True, slots=True)
class Step:
    """One minute, hour or day of a series from ``start`` (UTC)."""

    start: datetime
    counted: Aggregate


@dataclass(frozen=True, slots=True)
class Summary:
    """One version in a window: its sum, the series, and requests lost with killed processes."""

    version: ModelVersion
    window: Window
    counted: Aggregate
    steps: tuple[Step, ...]
    lost_requests: int
    updated_at: datetime | None

    @property
    def throughput(self) -> float:
        """Records a second over the whole window."""
        return self.counted.records / self.window.seconds


def of_version(version: ModelVersion, *, length: str = windows.DEFAULT) -> Summary:
    """The version over the window that ends now; zeros where it was not asked. Two queries.

    Raises InputInvalid (``param_invalid``) for a length that is none.
    """
    return of_versions([version], length=length)[0]


def of_versions(versions: Sequence[ModelVersion], *, length: str = windows.DEFAULT) -> list[Summary]:
    """The versions over the window that ends now, in the order given. Two queries."""
    window = windows.ending(timezone.now(), windows.parse(length))
    found: dict[int, list[_Row]] = defaultdict(list)
    rows = _rows(window).filter(version__in=versions).order_by().values(*_FOR_SUMS, text=_AS_TEXT)
    for row in rows:
        found[row["version_id"]].append(row | {"durations": row["text"]})
    lost = _lost(window, versions)
    return [_summary(version, window, found[version.pk], lost.get(version.pk, 0)) for version in versions]


def busiest(*, length: str = windows.DEFAULT) -> list[ModelVersion]:
    """All versions, those with most records in the window first, then by reference. Two queries."""
    window = windows.ending(timezone.now(), windows.parse(length))
    counts = dict(_rows(window).order_by().values_list("version_id").annotate(Sum("records")))
    versions = ModelVersion.objects.select_related("model")
    return sorted(versions, key=lambda version: (-counts.get(version.pk, 0), version.reference))


def totals(version_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """All that was counted of each version and is kept: requests, records, anomalies, errors, last time."""
    found = (
        InferenceMetric.objects.filter(version_id__in=version_ids)
        .order_by()
        .values("version_id")
        .annotate(
            requests=Sum("requests"),
            records=Sum("records"),
            anomalies=Sum("anomalies"),
            errors=Sum("errors"),
            last_updated=Max("updated_at"),
        )
    )
    return {
        row["version_id"]: {name: value for name, value in row.items() if name != "version_id"}
        for row in found
    }


def finite(value: float | None) -> float | None:
    """The value, None where it is no finite number: sums of huge scores overflow, JSON has no infinity."""
    return value if value is not None and math.isfinite(value) else None


def ratio(part: float, whole: int) -> float | None:
    """``part`` of ``whole``; None where there is no whole or no finite answer."""
    return finite(part / whole) if whole else None


def _rows(window: Window) -> QuerySet[InferenceMetric]:
    return InferenceMetric.objects.filter(start__gte=window.start)


def _lost(window: Window, versions: Sequence[ModelVersion]) -> dict[int, int]:
    """Requests lost by processes that were last heard of in the window."""
    known = MeteredProcess.objects.filter(version__in=versions, seen_at__gte=window.start)
    return dict(known.order_by().values_list("version_id").annotate(Sum("lost")))


def _summary(version: ModelVersion, window: Window, rows: Iterable[_Row], lost: int) -> Summary:
    whole, updated_at = Aggregate(), None
    steps = [Step(start, Aggregate()) for start in window.starts()]
    for row in rows:
        steps[window.place_of(row["start"])].counted.merge(metric_rows.sums_of(row))
        updated_at = max(updated_at or row["updated_at"], row["updated_at"])
    for step in steps:
        whole.merge(step.counted)
    return Summary(version, window, whole, tuple(steps), lost, updated_at)
