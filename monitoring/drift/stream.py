"""Watching a stream of scores for a change of their mean, value by value, in constant memory.

ADWIN (Bifet and Gavaldà 2007, river's implementation) compares the older with the newer part of an adaptive
window at every cut; its bound assumes values between 0 and 1, so scores are squashed first.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from monitoring.drift.adwin import Adwin
from monitoring.drift.bins import Array

AT_ONCE = 200  # values looked at in one call
_TO_SCALE = 200
_LATEST = 32  # values whose mean a change is told with
_DELTA = 1e-5  # bound on a false alarm at each cut; a stream is cut millions of times


@dataclass(frozen=True, slots=True)
class Change:
    """``subject`` (``score`` or ``anomaly_rate``) moved from a mean of ``before`` to ``after``."""

    subject: str
    before: float
    after: float


class Watch:
    """The streams of one version in one process."""

    def __init__(self) -> None:
        self._rate = Stream("anomaly_rate")
        self._scores: Stream | None = None  # until the first scores have told their scale
        self._first: list[float] = []

    def take(self, scores: Array, anomalies: int) -> list[Change]:
        """The changes noticed with these scores, float64 (n,), of which ``anomalies`` exceeded the threshold.

        Of more than 200 scores an evenly spaced share is looked at. The rate is one value for the whole
        call: which of the scores were anomalies is not told.
        """
        scores = scores[np.isfinite(scores)]
        if not len(scores):
            return []
        seen = scores[np.linspace(0, len(scores) - 1, min(len(scores), AT_ONCE)).round().astype(int)].tolist()
        changes = [self._rate.take(anomalies / len(scores))]
        if self._scores is None:
            self._first += seen
            if len(self._first) < _TO_SCALE:
                return [change for change in changes if change]
            self._scores, seen = Stream("score", _scale_of(self._first)), self._first
        changes += [self._scores.take(score) for score in seen]
        return [change for change in changes if change]


class Stream:
    """One ADWIN for values that ``scale`` (centre, width) brings between 0 and 1; none for such as are."""

    def __init__(self, subject: str, scale: tuple[float, float] | None = None) -> None:
        self._subject = subject
        self._scale = scale
        self._detector = Adwin(delta=_DELTA)
        self._latest: deque[float] = deque(maxlen=_LATEST)

    def take(self, value: float) -> Change | None:
        """The change that became plain with this value, None for none."""
        squashed = value if self._scale is None else _squashed(value, *self._scale)
        usual = self._detector.estimation
        self._latest.append(value)
        self._detector.update(squashed)
        if not self._detector.drift_detected:
            return None
        return Change(self._subject, self._plain(usual), sum(self._latest) / len(self._latest))

    def _plain(self, squashed: float) -> float:
        if self._scale is None:
            return float(min(max(squashed, 0.0), 1.0))
        centre, width = self._scale
        inside = min(max(squashed, 1e-9), 1 - 1e-9)
        return centre + width * math.log(inside / (1 - inside))


def stable_from(values: list[float]) -> int:
    """Index of the first value after the last change of mean that ADWIN finds; 0 where it finds none."""
    if len(values) < 2:
        return 0
    noise = float(np.median(np.abs(np.diff(values)))) or float(np.std(values)) / 4 or 1.0
    centre = float(np.median(values))
    detector = Adwin(clock=1)
    changed = False
    for value in values:
        detector.update(_squashed(value, centre, noise))
        changed |= detector.drift_detected
    return len(values) - detector.width if changed else 0


def _scale_of(values: list[float]) -> tuple[float, float]:
    """Median, and a width that is the standard deviation for normal values; 1 where nearly all are equal."""
    low, centre, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return centre, (high - low) / 1.349 or float(np.std(values)) or 1.0


def _squashed(value: float, centre: float, width: float) -> float:
    return 1 / (1 + math.exp(-min(max((value - centre) / width, -30.0), 30.0)))
