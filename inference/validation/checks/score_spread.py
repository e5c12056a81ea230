"""Scores differ from row to row; a model that gives all rows one score tells nothing apart."""

import numpy as np

from inference.validation.alertrate import statistics
from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject

_NARROW = 1e-3
_AGAIN = "Train it again on data that varies, with more rows."


def check(subject: Subject) -> Outcome:
    """An error for constant scores, a warning for a spread that rounding could eat."""
    scores = _finite(subject)
    if scores is None:
        return Outcome(is_applicable=False)
    spread = float(scores.max() - scores.min())
    scale = max(1.0, float(np.abs(scores).max()))
    declared = statistics(subject)
    figures = {
        "rows": len(scores),
        "rows_kind": subject.sample.kind if subject.sample else None,
        "score_min": float(scores.min()),
        "score_max": float(scores.max()),
        "score_std": float(scores.std()),
        "declared_std": declared["std"],
    }
    if spread <= 1e-9 * scale:
        said = f"All {len(scores)} rows get the score {scores[0]:.6g}, ordinary ones and far ones alike."
        return Outcome([Finding.error("scores_constant", said, _AGAIN)], figures)
    if spread <= _NARROW * scale:
        said = f"Scores of {len(scores)} rows, far ones among them, differ by {spread:.2g} at most."
        return Outcome([Finding.warning("scores_narrow", said, _AGAIN)], figures)
    if declared["std"] == 0 or (declared["low"] is not None and declared["low"] == declared["high"]):
        said = "The package declares one single score for all training rows."
        return Outcome([Finding.warning("declared_scores_constant", said, _AGAIN)], figures)
    return Outcome(figures=figures)


def _finite(subject: Subject) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
    sample = subject.sample
    if sample is None or len(sample.scores) < 2 or not np.isfinite(sample.scores).all():
        return None
    return sample.scores
