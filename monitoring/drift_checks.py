"""Checking a version for drift: choose the windows, compare them, keep one row, open or close its alerts."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Max
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.errors import ArtefactCorrupt
from modelhub.registry.models import Deployment, ModelVersion
from monitoring import alerts, drift_report, firstwindow, metric_windows, references
from monitoring.drift import comparison, latency
from monitoring.drift.comparison import Sample
from monitoring.drift.profile import Profile
from monitoring.drift.result import DriftResult, Shift, Thresholds, Verdict
from monitoring.metric_windows import MetricWindow
from monitoring.models import DriftCheck, InferenceMetric, ReferenceProfile
from monitoring.models.alerts import AlertKind
from monitoring.models.drift import ReferenceKind

log = logging.getLogger(__name__)
KEPT_DAYS = 365
_BATCH_ROWS = 500


@dataclass(frozen=True, slots=True)
class _Found:
    """All that one check knows before it is written down."""

    result: DriftResult
    reference: ReferenceProfile | None
    before: Sample | None
    current: MetricWindow
    after: Sample
    shift: Shift | None


def check(version: ModelVersion, actor: Actor, *, window: timedelta | None = None) -> DriftCheck:
    """One row more that says whether what the version scored lately differs from its reference.

    The current window is the newest minutes with 1,000 records that span 15 minutes, within 24 hours, or the
    whole of ``window``. Drift opens or counts the version's alert, no drift closes it and the early warnings;
    insufficient data does neither. Raises DatabaseError.
    """
    started, now = time.perf_counter(), timezone.now()
    thresholds = Thresholds()
    found = _find(version, now, window, thresholds)
    row = DriftCheck(
        version=version,
        verdict=found.result.verdict,
        drift_score=found.result.score,
        confidence=found.result.confidence,
        threshold=thresholds.alpha,
        detail=drift_report.detail(found.result),
        reference=_reference(found.reference, found.before),
        current=_span(found.current.start, found.current.end, found.current.records),
        indicators=drift_report.indicators(found.result, found.shift),
        features=drift_report.features(found.result),
        distributions=_distributions(found),
        settings=drift_report.settings(thresholds, window),
        actor=actor.name[:150],
        channel=actor.channel,
        checked_at=now,
        duration_s=time.perf_counter() - started,
    )
    with transaction.atomic():
        row.save(force_insert=True)
        _tell(row, actor)
        after = {"check_id": row.pk, "verdict": row.verdict, "detail": row.detail}
        trail.record("drift.check", version.reference, actor, after=after)
    return row


def check_deployed(actor: Actor) -> list[DriftCheck]:
    """Every deployed version that scored anything since its last check is checked; old checks are gone.

    A version whose check fails keeps no other from being checked; the log has why. Raises DatabaseError.
    """
    deployed = Deployment.objects.open().select_related("version__model")
    checks = [_tried(one.version, actor) for one in deployed if _has_news(one.version)]
    _forget(timezone.now() - timedelta(days=KEPT_DAYS))
    return [made for made in checks if made is not None]


def _tried(version: ModelVersion, actor: Actor) -> DriftCheck | None:
    try:
        return check(version, actor)
    except DatabaseError:
        raise
    except Exception:
        log.exception("a drift check failed", extra={"version": version.reference})
        return None


def latest(version_ids: Sequence[int]) -> dict[int, DriftCheck]:
    """The newest check of each version that has one, without the numbers of its columns, in one query."""
    newest = (
        DriftCheck.objects.filter(version_id__in=version_ids)
        .order_by()
        .values("version_id")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    rows = DriftCheck.objects.filter(pk__in=newest).defer("features", "distributions")
    return {row.version_id: row for row in rows}


def _find(version: ModelVersion, now: datetime, length: timedelta | None, thresholds: Thresholds) -> _Found:
    try:
        settled = firstwindow.settle(version)
        bins = references.bins_for(version.pk)
    except ArtefactCorrupt:
        broken = DriftResult(
            Verdict.INSUFFICIENT_DATA,
            "The stored reference is damaged, so nothing can be compared.",
            None,
            None,
        )
        nothing = metric_windows.newest(version, None, now=now, length=length)
        return _Found(broken, None, None, nothing, _sample(nothing), None)
    reference = settled.reference
    observed = reference is not None and reference.kind == ReferenceKind.OBSERVED
    current = metric_windows.newest(
        version, bins, now=now, length=length, after=reference.window_end if reference and observed else None
    )
    after = _sample(current)
    if reference is None:
        why = (
            "There is no reference yet: the package brought no training profile, and a first stable window "
            f"holds {settled.records:,} of {metric_windows.ENOUGH_RECORDS:,} records so far."
        )
        return _Found(
            DriftResult(Verdict.INSUFFICIENT_DATA, why, None, None), None, None, current, after, None
        )
    before = _reference_sample(reference)
    calendar = conf.hook("CALENDAR_FEATURES")(version.feature_set)
    result = comparison.compare(before, after, thresholds=thresholds, calendar=calendar)
    at_first = firstwindow.durations(version, reference)
    shift = latency.shift(list(at_first.cells()), list(current.counted.durations.cells()))
    return _Found(result, reference, before, current, after, shift)


def _sample(window: MetricWindow) -> Sample:
    counted = window.counted
    return Sample(counted.features, counted.scores, counted.anomalies, counted.records)


def _reference_sample(row: ReferenceProfile) -> Sample:
    features, scores = Profile.from_bytes(bytes(row.features)), Profile.from_bytes(bytes(row.scores))
    # The rate was measured on the scores: where calibration scores were thinned, they are what counts.
    records = scores.rows if row.kind == ReferenceKind.TRAINING else row.rows
    return Sample(features, scores, round((row.anomaly_rate or 0.0) * records), records)


def _distributions(found: _Found) -> dict[str, list[list[float | str]]]:
    if found.before is None:
        return {}
    return drift_report.distributions(
        found.result,
        [(found.before.features, found.after.features), (found.before.scores, found.after.scores)],
    )


def _reference(row: ReferenceProfile | None, sample: Sample | None) -> dict[str, object]:
    if row is None or sample is None:
        return {"kind": None, "from": None, "to": None, "n": 0}
    return {"kind": row.kind} | _span(row.window_start, row.window_end, sample.records)


def _span(start: datetime | None, end: datetime | None, records: int) -> dict[str, object]:
    return {
        "from": start.isoformat() if start else None,
        "to": end.isoformat() if end else None,
        "n": records,
    }


def _tell(row: DriftCheck, actor: Actor) -> None:
    if row.verdict == Verdict.DRIFT:
        facts = {"check_id": row.pk, "drift_score": row.drift_score}
        alerts.open_alert(AlertKind.DRIFT, row.version, f"{row.version}: {row.detail}", facts=facts)
    elif row.verdict == Verdict.NO_DRIFT:
        reason = f"Drift check #{row.pk} found no drift."
        kinds = (AlertKind.DRIFT, AlertKind.EARLY_WARNING)
        alerts.close_alerts(kinds, row.version, actor=actor, reason=reason)


def _has_news(version: ModelVersion) -> bool:
    last = DriftCheck.objects.filter(version=version).values_list("checked_at", flat=True).first()
    scored = InferenceMetric.objects.filter(version=version, records__gt=0)
    if last is None:
        return scored.exists()
    return scored.filter(start__gte=last - metric_windows.LONGEST, updated_at__gte=last).exists()


def _forget(before: datetime) -> None:
    old = DriftCheck.objects.filter(checked_at__lt=before).order_by("pk")
    while batch := list(old.values_list("pk", flat=True)[:_BATCH_ROWS]):
        DriftCheck.objects.filter(pk__in=batch).delete()
