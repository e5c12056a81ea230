"""From a raw score to severity, probability and verdict."""

import numpy as np
import numpy.typing as npt

from modelhub.artifacts.calibration import Calibration

Scores = npt.NDArray[np.float64]

POINTS_PER_DECADE = 25.0
MOST_POINTS = 100.0
_ANOMALY, _NORMAL = np.int64(-1), np.int64(1)


def severity(scores: Scores, calibration: Calibration) -> Scores:
    """Severities, float64 0..100 of shape (n,): each 25 points are ten times rarer in training.

    0 is as common as any training row, 25 one in ten, 50 one in a hundred, 100 one in ten thousand or rarer.
    Rises strictly with the score from the lowest training score until it reaches 100.
    """
    points = -POINTS_PER_DECADE * log_tail(scores, calibration)
    return np.clip(points, 0.0, MOST_POINTS) + 0.0  # no minus zero


def anomaly_probability(scores: Scores, calibration: Calibration) -> Scores:
    """The share of training scores below each score, float64 0..1 of shape (n,)."""
    return np.clip(1.0 - np.power(10.0, log_tail(scores, calibration)), 0.0, 1.0)


def log_tail(scores: Scores, calibration: Calibration) -> Scores:
    """log10 of P(training score >= score), float64 (n,), 0 or below.

    Linear between knots, and beyond the last knot on with the slope of the last decade: an
    exponential tail, which is what a score above all training scores most plausibly follows.
    """
    knots, logs = calibration.knots
    beyond = np.maximum(scores - knots[-1], 0.0)
    return np.asarray(np.interp(scores, knots, logs) + calibration.decades_per_score * beyond)


def verdicts(scores: Scores, threshold: float) -> npt.NDArray[np.bool_]:
    """True where a score is strictly above the threshold (same space, higher = more anomalous).

    >>> verdicts(np.array([0.4, 0.5, 0.6]), 0.5).tolist()
    [False, False, True]
    """
    return scores > threshold


def predictions(scores: Scores, offset: float) -> npt.NDArray[np.int64]:
    """scikit-learn's own ``predict``: -1 anomaly, +1 normal, from the detector's ``offset_``."""
    return np.where(-scores - offset < 0, _ANOMALY, _NORMAL)
