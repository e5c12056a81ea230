"""Severity, probability and verdict: direction, range, and what the numbers mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import scoring
from modelhub.artifacts import calibration
from tests.fitted import forest, training_rows

_NORMAL = np.random.default_rng(2).normal(0.5, 0.05, 50_000)
_CURVE = calibration.from_scores(_NORMAL)


@pytest.mark.parametrize(("share", "points"), [(0.1, 25.0), (0.01, 50.0), (0.001, 75.0)])
def test_each_25_points_are_ten_times_rarer(share: float, points: float) -> None:
    at = np.quantile(_NORMAL, [1 - share])
    assert scoring.severity(at, _CURVE)[0] == pytest.approx(points, abs=1.0)


def test_a_score_as_low_as_the_lowest_has_severity_zero() -> None:
    assert scoring.severity(np.array([-5.0, _NORMAL.min()]), _CURVE).tolist() == [0.0, 0.0]


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=30))
def test_severity_never_falls_and_stays_in_range(scores: list[float]) -> None:
    found = scoring.severity(np.sort(np.array(scores)), _CURVE)
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 100)).all()


def test_severity_rises_strictly_beyond_the_last_training_score_until_it_is_full() -> None:
    few = calibration.from_scores(_NORMAL[:200])
    found = scoring.severity(np.linspace(few.scores[-1], few.scores[-1] + 1.0, 400), few)
    rising = found[found < 100]
    assert len(rising) > 5
    assert (np.diff(rising) > 0).all()
    assert found[-1] == 100


def test_two_close_top_scores_do_not_make_the_tail_a_cliff() -> None:
    scores = np.append(np.linspace(0.3, 0.7, 99), 0.7 + 1e-12)
    curve = calibration.from_scores(scores)
    assert scoring.severity(np.array([0.72]), curve)[0] < 75


def test_probability_is_the_share_of_training_scores_below() -> None:
    at = np.quantile(_NORMAL, [0.5, 0.9, 0.99])
    assert scoring.anomaly_probability(at, _CURVE) == pytest.approx([0.5, 0.9, 0.99], abs=0.01)


def test_a_score_equal_to_the_threshold_is_no_anomaly() -> None:
    assert scoring.verdicts(np.array([0.5, np.nextafter(0.5, 1)]), 0.5).tolist() == [False, True]


def test_predictions_are_those_of_scikit_learn() -> None:
    rows = training_rows(1_001)
    model, scaler = forest(rows)
    scaled = scaler.transform(rows)
    found = scoring.predictions(-model.score_samples(scaled), float(model.offset_))
    assert np.array_equal(found, model.predict(scaled))
