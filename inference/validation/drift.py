"""Rows that a caller holds against what a version was trained on; nothing is stored."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.validation.subject import Matrix, Scores
from modelhub.artifacts import strictjson
from modelhub.registry.models import ModelVersion
from monitoring import drift_report, references
from monitoring.drift import comparison, packaged
from monitoring.drift.comparison import Sample
from monitoring.drift.profile import Profile
from monitoring.drift.result import DriftResult, Thresholds, Verdict
from monitoring.models.drift import ReferenceKind

# A caller's rows need not fill a serving window; below a hundred a test could only miss things.
THRESHOLDS = Thresholds(min_reference=100, min_current=100)


@dataclass(frozen=True, slots=True)
class Reference:
    """What is usual: ``kind`` is ``training`` or ``observed``."""

    kind: str
    sample: Sample


def of_version(version: ModelVersion) -> Reference | None:
    """The version's training profile, else its first stable window; None where neither is known."""
    row = references.reference_of(version)
    if row is None:
        return None
    features, scores = Profile.from_bytes(bytes(row.features)), Profile.from_bytes(bytes(row.scores))
    records = scores.rows if row.kind == ReferenceKind.TRAINING else row.rows
    return Reference(
        str(row.kind), Sample(features, scores, round((row.anomaly_rate or 0.0) * records), records)
    )


def of_package(profile: bytes | None, scores: Scores | None, threshold: float) -> Reference | None:
    """The training profile that a package brings; None where it brings none that can be used."""
    if profile is None or scores is None or not len(scores):
        return None
    try:
        features = packaged.from_json(strictjson.parse_value(profile))
    except ValueError:
        return None
    counted = Profile.learn(scores[:, None], [references.SCORE])
    sample = Sample(features, counted, int(np.sum(scores > threshold)), len(scores))
    return Reference(str(ReferenceKind.TRAINING), sample)


def check(
    reference: Reference | None,
    rows: Matrix | None,
    scores: Scores | None,
    *,
    threshold: float,
    calendar: Collection[str] = (),
) -> dict[str, Any]:
    """ModelDriftResult of float64 rows (n, n_features) and their scores against the reference.

    Without rows or reference the verdict is ``insufficient_data``: age alone is no drift.
    """
    result, current = _compared(reference, rows, scores, threshold, calendar)
    before = None if reference is None else reference.sample
    return {
        "check_id": None,
        "drift_detected": result.verdict == Verdict.DRIFT,
        "verdict": str(result.verdict),
        "detail": drift_report.detail(result),
        "drift_score": result.score,
        "confidence": result.confidence,
        "threshold": THRESHOLDS.alpha,
        "indicators": drift_report.indicators(result, None),
        "features": drift_report.features(result),
        "reference": _window(None if reference is None else reference.kind, before),
        "current": _window("given", current),
    }


def _compared(
    reference: Reference | None,
    rows: Matrix | None,
    scores: Scores | None,
    threshold: float,
    calendar: Collection[str],
) -> tuple[DriftResult, Sample | None]:
    if rows is None or scores is None:
        return _insufficient("No rows were given to compare; the age of a model is no drift."), None
    before = None if reference is None else reference.sample
    if before is None or before.features is None or before.scores is None:
        return _insufficient("There is no training profile to compare with, and no stable window yet."), None
    if len(before.features.names) != rows.shape[1]:
        return _insufficient("The profile that is known is of other columns than the version has."), None
    features = before.features.empty().add(rows)
    counted = before.scores.empty().add(scores[:, None])
    current = Sample(features, counted, int(np.sum(scores > threshold)), len(rows))
    return comparison.compare(before, current, thresholds=THRESHOLDS, calendar=calendar), current


def _insufficient(why: str) -> DriftResult:
    return DriftResult(Verdict.INSUFFICIENT_DATA, why, None, None)


def _window(kind: str | None, sample: Sample | None) -> dict[str, Any]:
    return {"kind": kind, "from": None, "to": None, "n": 0 if sample is None else sample.records}
