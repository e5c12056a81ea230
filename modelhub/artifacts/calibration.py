"""The tail curve of a version: how rare a score was among its training scores.

Severity and probability are read from this one curve. It comes, best first, from scores that
the package brings, from the statistics in its metadata, or from an assumption around the threshold.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from modelhub.artifacts.types import EstimatorFacts, Note, PackageMetadata
from modelhub.errors import ArtefactCorrupt, Code

_DEFAULT_RATIO = 0.1
_MIN_SCORES = 20
_TAIL_KNOTS, _BODY_KNOTS = 192, 64
_ASSUMED_WIDTH = 0.3  # share of the threshold over which the assumed tail falls to the contamination


@dataclass(frozen=True)
class Calibration:
    """Knots of a falling curve: ``tails[i]`` is P(training score >= ``scores[i]``).

    ``scores`` rise and ``tails`` fall strictly, the first tail is 1 and all are above 0; there are
    at least two knots. ``kind`` is ``scores``, ``statistics`` or ``assumed``; ``n`` is the number of
    training rows behind the curve, 0 where it is not known.
    """

    kind: str
    scores: tuple[float, ...]
    tails: tuple[float, ...]
    n: int

    @cached_property
    def knots(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Scores and log10 of tails as float64 arrays, shape (n_knots,), made once per process."""
        return np.array(self.scores), np.log10(np.array(self.tails))

    @cached_property
    def decades_per_score(self) -> float:
        """Slope of log10(tail) beyond the last knot, negative: that of the last factor of ten.

        Two neighbouring top scores may lie arbitrarily close; a whole decade is a steadier measure.
        """
        scores, logs = self.knots
        start = max(int(np.searchsorted(-logs, -logs[-1] - 1, side="right")) - 1, 0)
        start = min(start, len(scores) - 2)
        return float((logs[-1] - logs[start]) / (scores[-1] - scores[start]))

    def to_json(self) -> dict[str, Any]:
        """The curve as plain JSON values."""
        return {"kind": self.kind, "scores": list(self.scores), "tails": list(self.tails), "n": self.n}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Calibration":
        """The curve that :meth:`to_json` wrote.

        Raises:
            ArtefactCorrupt: the stored value is not such a curve.
        """
        try:
            scores, tails = tuple(map(float, data["scores"])), tuple(map(float, data["tails"]))
            curve = cls(str(data["kind"]), scores, tails, int(data["n"]))
        except (KeyError, TypeError, ValueError):
            curve = None
        if curve is None or not _falls(curve.scores, curve.tails):
            raise ArtefactCorrupt(
                Code.ARTEFACT_CORRUPT, "The stored calibration is damaged. Import the package again."
            )
        return curve


def from_scores(scores: Iterable[float]) -> Calibration:
    """The empirical tail of finite training scores, thinned to at most 256 knots, dense at the top.

    Ranks are spaced evenly in their logarithm (each decade of rarity gets as many knots) and evenly over
    the body.
    """
    ordered = np.sort(np.asarray(list(scores), np.float64))
    n = len(ordered)
    ranks = np.concatenate([np.geomspace(1, n, _TAIL_KNOTS), np.linspace(1, n, _BODY_KNOTS)])
    values = np.unique(ordered[n - np.unique(ranks.round().astype(np.int64))])
    tails = (n - np.searchsorted(ordered, values, side="left")) / (n + 1)
    tails[0] = 1.0
    return Calibration("scores", *_completed(values.tolist(), tails.tolist(), n), n)


def from_statistics(
    metrics: Mapping[str, float | None],
    training_samples: int | None,
    *,
    threshold: float,
    anomaly_ratio: float | None,
) -> Calibration:
    """A curve through minimum, mean, threshold and maximum of the training scores.

    The threshold is certain, because verdicts use it; any other statistic that is missing, not
    finite or would make the curve rise is left out.
    """
    n = training_samples if training_samples and training_samples > 0 else 0
    candidates = [(metrics.get("score_min"), 1.0), (metrics.get("score_mean"), 0.5)]
    if n:
        candidates.insert(0, (metrics.get("score_max"), 1.0 / (n + 1)))
    kept = [(threshold, _ratio(anomaly_ratio))]
    for score, tail in candidates:
        if score is not None and math.isfinite(score) and all(_between(score, tail, knot) for knot in kept):
            kept.append((float(score), tail))
    if len(kept) == 1:
        return assumed(threshold, anomaly_ratio)
    kept.sort()
    return Calibration("statistics", *_completed([s for s, _ in kept], [t for _, t in kept], n), n)


def assumed(threshold: float, contamination: float | None) -> Calibration:
    """A curve for a package that says nothing: the threshold cuts off ``contamination`` of the rows.

    The tail falls to it over 30 % of the threshold, which is about the spread that isolation forests
    show; the order of severities is right, their size is a guess.
    """
    return Calibration("assumed", *_completed([threshold], [_ratio(contamination)], 0), 0)


def build(
    metadata: PackageMetadata,
    facts: EstimatorFacts,
    *,
    threshold: float,
    calibration_scores: Sequence[float] | None,
) -> tuple[Calibration, tuple[Note, ...]]:
    """The best curve that the package allows, and a note wherever it is not the best kind."""
    notes: list[Note] = []
    if calibration_scores is not None:
        if problem := _unusable(calibration_scores, threshold):
            notes.append(Note("calibration_scores_ignored", f"calibration_scores.json {problem}."))
        else:
            return from_scores(calibration_scores), ()
    ratio = metadata.metrics.get("anomaly_ratio") or _contamination(metadata, facts)
    curve = from_statistics(
        metadata.metrics, metadata.training_samples, threshold=threshold, anomaly_ratio=ratio
    )
    if curve.kind == "assumed":
        detail = (
            "The package has no usable score statistics: severities rank anomalies, their size is a guess."
        )
        notes.append(Note("calibration_assumed", detail))
    return curve, tuple(notes)


def _unusable(scores: Sequence[float], threshold: float) -> str:
    values = np.asarray(scores, np.float64)
    if values.ndim != 1 or len(values) < _MIN_SCORES:
        return f"holds fewer than {_MIN_SCORES} scores"
    if not np.isfinite(values).all():
        return "holds values that are not finite"
    if np.mean(values > threshold) > 0.5:
        return "has most scores above the threshold, as if their sign were wrong"
    return ""


def _contamination(metadata: PackageMetadata, facts: EstimatorFacts) -> float | None:
    # An offset of exactly -0.5 is scikit-learn's "auto": no contamination was used, whatever is claimed.
    claimed = metadata.parameters.get("contamination")
    return float(claimed) if isinstance(claimed, int | float) and facts.offset != -0.5 else None


def _ratio(value: float | None) -> float:
    return value if value is not None and 0.0 < value < 1.0 else _DEFAULT_RATIO


def _between(score: float, tail: float, knot: tuple[float, float]) -> bool:
    return (score - knot[0]) * (tail - knot[1]) < 0


def _completed(
    scores: list[float], tails: list[float], n: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Adds the knot with tail 1 where it is missing, and a second knot where all scores were equal."""
    if tails[0] < 1.0:
        scores, tails = [scores[0] - _width(scores[0]), *scores], [1.0, *tails]
    if len(scores) == 1:
        scores, tails = [*scores, scores[0] + _width(scores[0])], [*tails, 1.0 / (n + 1)]
    return tuple(scores), tuple(tails)


def _width(score: float) -> float:
    return _ASSUMED_WIDTH * max(abs(score), 1e-3)


def _falls(scores: tuple[float, ...], tails: tuple[float, ...]) -> bool:
    if len(scores) != len(tails) or len(scores) < 2 or not np.isfinite([scores, tails]).all():
        return False
    return bool((np.diff(scores) > 0).all() and (np.diff(tails) < 0).all() and tails[-1] > 0)
