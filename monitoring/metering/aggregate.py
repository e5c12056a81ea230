"""What is known of some scored requests together: sums that can be added up in any order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from monitoring.drift.profile import Profile
from monitoring.metering.contract import Observation
from monitoring.metering.histogram import Histogram


@dataclass(slots=True)
class Aggregate:
    """Counts, sums (seconds, scores), extremes and distributions of a number of requests.

    ``scores`` and ``features`` are None until a row was counted in known bins; ``features`` may hold
    fewer rows than ``records``, because busy processes sample them.
    """

    requests: int = 0
    errors: int = 0
    records: int = 0
    anomalies: int = 0
    duration_sum_s: float = 0.0
    duration_min_s: float | None = None
    duration_max_s: float | None = None
    score_sum: float = 0.0
    durations: Histogram = field(default_factory=Histogram)
    scores: Profile | None = None
    features: Profile | None = None

    def count(self, observations: Sequence[Observation]) -> None:
        """Take the requests in, all but their distributions of scores and features."""
        seconds = np.array([one.duration_s for one in observations])
        self.requests += len(observations)
        self.errors += sum(bool(one.error) for one in observations)
        self.records += sum(len(one.scores) for one in observations)
        self.anomalies += sum(one.anomalies for one in observations)
        self.duration_sum_s += float(seconds.sum())
        self.duration_min_s = _least(self.duration_min_s, float(seconds.min()))
        self.duration_max_s = _most(self.duration_max_s, float(seconds.max()))
        self.score_sum += float(np.concatenate([one.scores for one in observations]).sum())
        self.durations.add(seconds)

    def merge(self, other: "Aggregate") -> None:
        """Add the other's requests to these; nothing is lost or counted twice."""
        self.requests += other.requests
        self.errors += other.errors
        self.records += other.records
        self.anomalies += other.anomalies
        self.duration_sum_s += other.duration_sum_s
        self.duration_min_s = _least(self.duration_min_s, other.duration_min_s)
        self.duration_max_s = _most(self.duration_max_s, other.duration_max_s)
        self.score_sum += other.score_sum
        self.durations.merge(other.durations)
        self.scores = together(self.scores, other.scores)
        self.features = together(self.features, other.features)


def together(mine: Profile | None, other: Profile | None) -> Profile | None:
    """Both counted as one, ``mine`` changed for it. Of profiles in different bins the fuller one stands."""
    if other is None:
        return mine
    if mine is None:
        return other.copy()
    if mine.bins_digest != other.bins_digest:
        return max(mine, other, key=lambda profile: profile.rows)
    return mine.merge(other)


def _least(mine: float | None, other: float | None) -> float | None:
    return min(mine, other) if mine is not None and other is not None else _known(mine, other)


def _most(mine: float | None, other: float | None) -> float | None:
    return max(mine, other) if mine is not None and other is not None else _known(mine, other)


def _known(mine: float | None, other: float | None) -> float | None:
    return other if mine is None else mine
