"""Whose fault it is when rows cannot be scored: the caller's for absurd numbers, else the version's."""

import logging
from enum import StrEnum
from typing import NoReturn

import numpy as np

from inference.runtimes.contract import Matrix, Runtime, Scores
from modelhub.errors import Code, InputInvalid, ModelFailed

log = logging.getLogger(__name__)
# Standard deviations from the training mean: so far out an overflow is no sign of a broken model, and no
# caller can take a good one away from others with one absurd row.
EXTREME = 1e5
LARGEST = float(np.finfo(np.float32).max)  # trees compare in float32
_MOST_KEPT = 64


class Fault(StrEnum):
    """How a version can fail; the same words as ``inference.choices.FaultKind``."""

    EXCEPTIONS = "exceptions"
    TIMEOUTS = "timeouts"
    NON_FINITE = "non_finite"
    SCHEMA = "schema"
    ALERT_RATE = "alert_rate"
    CRASH = "crash"
    LOAD = "load"
    CORRUPT = "corrupt"


def surely_fits(scale: Matrix | None) -> float:
    """The magnitude below which any value fits float32 once it is divided by any column's ``scale``."""
    smallest = 1.0 if scale is None else float(scale.min(initial=1.0))
    return LARGEST * min(smallest, 1.0) / 2


def guarded_scores(runtime: Runtime, features: Matrix, *, reference: str) -> Scores:
    """Scores, float64 (n,), of unscaled finite rows, float64 (n, n_features); not looked at any further.

    Raises InputInvalid (``features_not_finite``) where the runtime raised and a value is too far out for any
    arithmetic, else ModelFailed (``model_failed``): ``exceptions`` where it raised, ``schema`` for another
    width or number of scores. Memory that ran out is nobody's fault and goes through.
    """
    if features.shape[1] != runtime.n_features:
        said = f"{reference} was given {features.shape[1]} columns but scores {runtime.n_features}."
        raise ModelFailed(f"{said} Deploy another version.", fault=Fault.SCHEMA)
    try:
        scores = runtime.score(features)
    except MemoryError:
        raise
    except Exception:
        _refuse_extremes(runtime, features)
        log.exception("a version failed while it scored", extra={"version": reference})
        raise _failed(reference, features, Fault.EXCEPTIONS, "failed while it scored") from None
    if getattr(scores, "shape", None) != (len(features),):
        raise _failed(reference, features, Fault.SCHEMA, "answered another number of scores than rows")
    return scores


def refuse_non_finite(runtime: Runtime, features: Matrix, scores: Scores, *, reference: str) -> NoReturn:
    """For rows of which a score is no number.

    Raises InputInvalid (``features_not_finite``) where a value is too far out for any arithmetic, else
    ModelFailed (``non_finite``) with the rows.
    """
    _refuse_extremes(runtime, features)
    bad = features[~np.isfinite(scores)]
    raise _failed(reference, bad, Fault.NON_FINITE, "answered scores that are no numbers")


def _refuse_extremes(runtime: Runtime, features: Matrix) -> None:
    steps = features if runtime.center is None else features - runtime.center
    if runtime.spread is not None:
        steps = steps / np.where(runtime.spread == 0.0, 1.0, runtime.spread)
    too_far = np.flatnonzero((np.abs(steps) > EXTREME).any(axis=1))
    if len(too_far):
        raise InputInvalid(
            Code.FEATURES_NOT_FINITE,
            f"Row {too_far[0]} has values too large to score. Send it without them.",
        )


def _failed(reference: str, rows: Matrix, fault: Fault, what: str) -> ModelFailed:
    said = f"{reference} {what}. Try again in a few seconds: another version takes over when this goes on."
    return ModelFailed(said, fault=fault, rows=rows[:_MOST_KEPT].copy())
