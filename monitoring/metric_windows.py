"""The records that a drift check compares: which metric rows make the current and the first window."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import QuerySet

from modelhub.registry.models import ModelVersion
from monitoring.drift import continuous, discrete
from monitoring.drift.stream import stable_from
from monitoring.metering import rows as metric_rows
from monitoring.metering.aggregate import Aggregate
from monitoring.models import InferenceMetric
from monitoring.models.metrics import Resolution
from monitoring.references import VersionBins

ENOUGH_RECORDS = 1_000
LONGEST = timedelta(hours=24)
SHORTEST = timedelta(minutes=15)  # of traffic that is there: a single busy minute is no fair sample
_SPANS = {
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAY: timedelta(days=1),
}
_APART, _SURELY = 0.2, 0.001  # halves of a first window that differ by so much are no steady state


@dataclass(frozen=True, slots=True)
class MetricWindow:
    """What was counted from ``start`` to ``end``, both aware UTC, None for an empty window."""

    start: datetime | None
    end: datetime | None
    counted: Aggregate

    @property
    def records(self) -> int:
        """Records scored in the window."""
        return self.counted.records


def newest(
    version: ModelVersion,
    bins: VersionBins | None,
    *,
    now: datetime,
    after: datetime | None = None,
    length: timedelta | None = None,
) -> MetricWindow:
    """The current window: the newest minutes until they hold 1,000 records and span 15 minutes.

    Never older than 24 hours, nor than ``after``. With ``length`` it is that span to its end, however many
    records it holds.
    """
    since = now - (length or LONGEST)
    rows = _rows(version).filter(start__gte=max(since, after) if after else since).order_by("-start", "-id")
    return _together(_newest(rows, now=now, is_whole=length is not None), bins)


def _newest(rows: QuerySet[InferenceMetric], *, now: datetime, is_whole: bool) -> Iterator[InferenceMetric]:
    """The rows one by one, never all at once: a long window has tens of thousands of them."""
    last: datetime | None = None
    records = 0
    for row in rows.iterator(chunk_size=64):
        is_enough = last is not None and records >= ENOUGH_RECORDS and now - last >= SHORTEST
        if is_enough and row.start != last and not is_whole:
            return
        yield row
        last, records = row.start, records + row.records


def first_stable(version: ModelVersion, bins: VersionBins | None, *, since: datetime | None) -> MetricWindow:
    """The first window of 1,000 records in which nothing changed, or the latest try at one, which has fewer.

    ADWIN on the means and anomaly rates of its minutes must find no change, and the scores of its second
    half must lie where those of the first do; what came before a change is left out.
    """
    rows = _rows(version).order_by("start", "id")
    rows = rows.filter(start__gte=since) if since else rows
    kept: list[_Minute] = []
    for minute in _minutes(rows):
        kept.append(minute)
        if sum(one.records for one in kept) < ENOUGH_RECORDS:
            continue
        start = max(
            stable_from([one.score for one in kept]),
            stable_from([one.rate for one in kept]),
            _half_way(version, bins, kept),
        )
        if start == 0:
            return _load(version, bins, kept)
        kept = kept[start:]
    return _load(version, bins, kept)


@dataclass(frozen=True, slots=True)
class _Minute:
    start: datetime
    records: int
    score: float
    rate: float


def _rows(version: ModelVersion) -> QuerySet[InferenceMetric]:
    return InferenceMetric.objects.filter(version=version, records__gt=0)


def _minutes(rows: QuerySet[InferenceMetric]) -> Iterator[_Minute]:
    """Rows of all processes by their start, without their distributions."""
    found = rows.values_list("start", "records", "score_sum", "anomalies").iterator(chunk_size=500)
    for start, group in groupby(found, key=lambda row: row[0]):
        parts = list(group)
        records = sum(part[1] for part in parts)
        yield _Minute(
            start, records, sum(part[2] for part in parts) / records, sum(part[3] for part in parts) / records
        )


def _half_way(version: ModelVersion, bins: VersionBins | None, kept: list[_Minute]) -> int:
    """Where the second half begins if its scores differ from those of the first, else 0."""
    half = len(kept) // 2
    if not half:
        return 0
    first = _load(version, bins, kept[:half]).counted.scores
    second = _load(version, bins, kept[half:]).counted.scores
    if first is None or second is None:
        return 0
    test = continuous.compare if first.bins[0].kind == "continuous" else discrete.compare
    found = test(first.bins[0], first.counts[0], second.counts[0])
    moved = found.p_value is not None and found.p_value < _SURELY and (found.effect or 0.0) >= _APART
    return half if moved else 0


def _load(version: ModelVersion, bins: VersionBins | None, kept: list[_Minute]) -> MetricWindow:
    if not kept:
        return MetricWindow(None, None, Aggregate())
    return _together(_rows(version).filter(start__range=(kept[0].start, kept[-1].start)), bins)


def _together(rows: Iterable[InferenceMetric], bins: VersionBins | None) -> MetricWindow:
    counted, start, end = Aggregate(), None, None
    for row in rows:
        counted.merge(metric_rows.aggregate_of(row, bins))
        row_end = row.start + _SPANS[Resolution(row.resolution)]
        start = min(start, row.start) if start else row.start
        end = max(end, row_end) if end else row_end
    return MetricWindow(start, end, counted)
