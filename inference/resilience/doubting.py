"""Anomalies in masses: a version that went wrong, or logs that did? The version before it is asked."""

import time
from collections.abc import Callable

import numpy as np

from inference import pipeline, scoring
from inference.pipeline import ScoringModel
from inference.resilience.guarding import Watched
from inference.serving.slots import Slot
from modelhub import conf

LEAST_RECORDS = 1_000
LEAST_CALLS = 20
TIMES_USUAL = 5.0
AGREES = 0.5  # of the doubted version's rate: what the other one must find at least to bear it out
_EVERY_S = 30.0
_MOST_ROWS = 2_000

_doubted_s: dict[int, float] = {}


def doubt(known: Watched, other: Callable[[], Slot]) -> str:
    """Why the version's anomalies are not to be believed, as a sentence; empty where they are.

    Doubted is a rate of at least ``ALERT_RATE_PERCENT`` over 1,000 records and 20 calls of the window that
    is also five times that of training. ``other`` answers the slot that would take over: only where it has
    the same columns and finds less than half as many in the rows scored last is the version to blame. An
    attack looks the same to both.
    """
    calls, records, anomalies = known.breaker.counted()
    limit = conf.number("ALERT_RATE_PERCENT") / 100
    rows, model = known.last, known.slot.model
    if (
        not limit
        or rows is None
        or calls < LEAST_CALLS
        or not is_flood(records, anomalies, model, limit=limit)
    ):
        return ""
    if time.monotonic() - _doubted_s.get(known.slot.version.pk, -_EVERY_S) < _EVERY_S:
        return ""
    _doubted_s[known.slot.version.pk] = time.monotonic()
    second = other()
    if second.is_rules or second.model.feature_names != model.feature_names:
        return ""
    found = pipeline.score_features(second.model, rows[:_MOST_ROWS]).verdicts.mean()
    if found >= AGREES * anomalies / records:
        return ""
    return (
        f"{anomalies} of {records} records were anomalies; {second.model.reference} finds "
        f"{found:.0%} in the same rows"
    )


def is_flood(records: int, anomalies: int, model: ScoringModel, *, limit: float) -> bool:
    """True where the share of anomalies is at least ``limit`` and five times the training's."""
    if records < LEAST_RECORDS or anomalies < limit * records:
        return False
    return anomalies >= TIMES_USUAL * usual_rate(model) * records


def usual_rate(model: ScoringModel) -> float:
    """The share of training rows above the threshold, 0..1, by the calibration."""
    tail = scoring.log_tail(np.array([model.threshold]), model.calibration)
    return float(10.0 ** tail[0])
