"""The tail curve from each of its sources, and from sources that lie."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhub.artifacts import calibration
from modelhub.artifacts.calibration import Calibration
from modelhub.artifacts.types import EstimatorFacts, PackageForm, PackageMetadata
from modelhub.errors import ArtefactCorrupt

_STATISTICS = {"score_min": 0.38, "score_mean": 0.46, "score_max": 0.65, "score_std": 0.05}


def _falls(curve: Calibration) -> bool:
    return (
        len(curve.scores) >= 2
        and curve.tails[0] == 1.0
        and curve.tails[-1] > 0
        and bool((np.diff(curve.scores) > 0).all())
        and bool((np.diff(curve.tails) < 0).all())
    )


def test_training_scores_keep_their_tail() -> None:
    scores = np.random.default_rng(1).normal(0.5, 0.05, 20_000)
    curve = calibration.from_scores(scores)
    assert _falls(curve)
    assert len(curve.scores) <= 256
    for share in (0.5, 0.1, 0.01, 0.001):
        at = float(np.quantile(scores, 1 - share))
        found = 10 ** float(np.interp(at, curve.scores, np.log10(curve.tails)))
        assert found == pytest.approx(share, rel=0.1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80))
def test_any_finite_scores_give_a_falling_curve(scores: list[float]) -> None:
    assert _falls(calibration.from_scores(scores))


def test_statistics_put_the_threshold_at_the_anomaly_ratio() -> None:
    curve = calibration.from_statistics(_STATISTICS, 562, threshold=0.52, anomaly_ratio=0.1)
    assert curve.kind == "statistics"
    assert curve.scores == (0.38, 0.46, 0.52, 0.65)
    assert curve.tails == (1.0, 0.5, 0.1, 1 / 563)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(_STATISTICS, st.none() | st.floats())),
    st.none() | st.integers(-5, 10**9),
    st.floats(-1e6, 1e6),
    st.none() | st.floats(),
)
def test_no_statistics_break_the_curve(
    metrics: dict[str, float | None], samples: int | None, threshold: float, ratio: float | None
) -> None:
    curve = calibration.from_statistics(metrics, samples, threshold=threshold, anomaly_ratio=ratio)
    assert _falls(curve)
    assert threshold in curve.scores


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, 0.99])
def test_an_offending_statistic_is_left_out_and_the_others_stay(bad: float | None) -> None:
    metrics = _STATISTICS | {"score_mean": bad}
    curve = calibration.from_statistics(metrics, 562, threshold=0.52, anomaly_ratio=0.1)
    assert curve.scores == (0.38, 0.52, 0.65)


def test_a_package_that_says_nothing_is_assumed_and_noted() -> None:
    curve, notes = calibration.build(_metadata(), _facts(), threshold=0.5, calibration_scores=None)
    assert curve.kind == "assumed"
    assert _falls(curve)
    assert curve.tails[-1] == 0.1
    assert [note.code for note in notes] == ["calibration_assumed"]


def test_contamination_stands_in_for_a_missing_anomaly_ratio() -> None:
    metadata = _metadata(parameters={"contamination": 0.02})
    curve, _ = calibration.build(metadata, _facts(), threshold=0.5, calibration_scores=None)
    assert curve.tails[-1] == 0.02


def test_brought_scores_are_preferred_to_statistics() -> None:
    scores = np.linspace(0.3, 0.7, 500).tolist()
    metadata = _metadata(metrics=_STATISTICS, training_samples=562)
    curve, notes = calibration.build(metadata, _facts(), threshold=0.66, calibration_scores=scores)
    assert (curve.kind, curve.n, notes) == ("scores", 500, ())


@pytest.mark.parametrize(
    "scores", [[0.5] * 3, [0.5] * 30 + [math.nan], np.linspace(0.6, 0.9, 50).tolist()], ids=str
)
def test_unusable_scores_are_noted_and_statistics_taken(scores: list[float]) -> None:
    metadata = _metadata(metrics=_STATISTICS, training_samples=562)
    curve, notes = calibration.build(metadata, _facts(), threshold=0.52, calibration_scores=scores)
    assert curve.kind == "statistics"
    assert [note.code for note in notes] == ["calibration_scores_ignored"]


def test_json_round_trip() -> None:
    curve = calibration.from_scores([0.1, 0.2, 0.2, 0.9])
    assert Calibration.from_json(curve.to_json()) == curve


@pytest.mark.parametrize(
    "damage",
    [{"scores": [1.0]}, {"tails": [1.0, 1.0]}, {"tails": "x"}, {"n": None}, {"scores": [2.0, 1.0]}],
    ids=str,
)
def test_a_damaged_curve_is_refused(damage: dict[str, Any]) -> None:
    good = {"kind": "scores", "scores": [1.0, 2.0], "tails": [1.0, 0.5], "n": 2}
    with pytest.raises(ArtefactCorrupt):
        Calibration.from_json(good | damage)


def _metadata(**values: Any) -> PackageMetadata:
    return PackageMetadata(PackageForm.SERVICE, "v1", ("a",), **values)


def _facts() -> EstimatorFacts:
    return EstimatorFacts("IsolationForest", "StandardScaler", 1, -0.52)
