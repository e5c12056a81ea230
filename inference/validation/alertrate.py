"""Which share of the training rows a threshold flags, from the best evidence that there is."""

import math
from dataclasses import dataclass

import numpy as np

from inference.validation import claims
from inference.validation.subject import Subject

FEWEST_SCORES = 20
_SLACK = 1e-9
_AUTO = -0.5  # scikit-learn's offset_ of a detector that was given no contamination


@dataclass(frozen=True, slots=True)
class AlertRate:
    """The share in [0, 1] and where it comes from; ``rows`` how many stand behind it, None where unknown.

    ``evidence`` is ``calibration_scores`` (exact), ``score_statistics`` (a normal estimate),
    ``contamination`` (the detector's own cut), ``probe_rows`` or ``made_rows`` (not training rows:
    what they give is shown and never judged alone).
    """

    share: float
    evidence: str
    rows: int | None = None

    @property
    def is_of_training(self) -> bool:
        """True where the evidence speaks of the training rows themselves."""
        return self.evidence in ("calibration_scores", "score_statistics", "contamination")


def alert_rate(subject: Subject, threshold: float) -> AlertRate | None:
    """The best estimate for ``threshold`` (score space); None where nothing at all is known."""
    scores = subject.training_scores
    if scores is not None and len(scores) >= FEWEST_SCORES and np.isfinite(scores).all():
        return AlertRate(float(np.mean(scores > threshold)), "calibration_scores", len(scores))
    return (
        _from_statistics(subject, threshold)
        or _from_detector(subject, threshold)
        or _from_rows(subject, threshold)
    )


def statistics(subject: Subject) -> dict[str, float | None]:
    """Declared ``low``, ``mean``, ``std``, ``high`` in score space; None where not given.

    A package whose threshold had the sign of score_samples may have its statistics there too; those
    are turned round.
    """
    low, high = claims.number(subject.metrics, "score_min"), claims.number(subject.metrics, "score_max")
    mean, std = claims.number(subject.metrics, "score_mean"), claims.number(subject.metrics, "score_std")
    if subject.note("threshold_sign") and high is not None and high <= 0 and subject.threshold > 0:
        low, high = -high, None if low is None else -low
        mean = None if mean is None else -mean
    return {"low": low, "mean": mean, "std": std, "high": high}


def _from_statistics(subject: Subject, threshold: float) -> AlertRate | None:
    known = statistics(subject)
    low, mean, std, high = known["low"], known["mean"], known["std"], known["high"]
    rows = subject.training_samples
    if low is not None and high is not None and low > high:
        return None  # they contradict themselves, so they say nothing
    if low is not None and threshold < low - _SLACK:
        return AlertRate(1.0, "score_statistics", rows)
    if high is not None and threshold >= high - _SLACK:
        return AlertRate(0.0, "score_statistics", rows)
    if mean is None or std is None or std <= 0:
        return None
    # Scores of a forest lean to the right: the normal estimate is a little low at the tail and right within
    # a few points around the mean, which is all that "most" and "none" need.
    return AlertRate(0.5 * math.erfc((threshold - mean) / std / math.sqrt(2.0)), "score_statistics", rows)


def _from_detector(subject: Subject, threshold: float) -> AlertRate | None:
    share = claims.contamination(subject.metadata)
    own = -subject.offset
    if share is None or subject.offset == _AUTO or abs(threshold - own) > _SLACK * max(1.0, abs(own)):
        return None
    return AlertRate(share, "contamination", subject.training_samples)


def _from_rows(subject: Subject, threshold: float) -> AlertRate | None:
    sample = subject.sample
    if sample is None or not len(sample.scores):
        return None
    return AlertRate(float(np.mean(sample.scores > threshold)), sample.kind, len(sample.scores))
