"""Watching a stream: silent while nothing changes, quick when something does."""

import numpy as np
import pytest

from monitoring.drift.stream import Watch, stable_from

RANDOM = np.random.default_rng


def test_a_day_of_steady_scores_raises_nothing() -> None:
    random, watch = RANDOM(1), Watch()
    seconds = (random.normal(-0.5, 0.05, 50) for _ in range(3_000))
    assert not [change for scores in seconds for change in watch.take(scores, int((scores > -0.42).sum()))]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_shift_of_half_a_deviation_is_noticed_within_seconds(scale: float) -> None:
    random, watch = RANDOM(2), Watch()
    for _ in range(60):
        assert not watch.take(random.normal(-5, 1, 200) * scale, 0)
    found = [change for _ in range(10) for change in watch.take(random.normal(-4.5, 1, 200) * scale, 0)]
    assert found[0].subject == "score"
    assert found[0].before == pytest.approx(-5 * scale, rel=0.1)


def test_a_rate_from_zero_to_all_is_noticed_within_a_minute() -> None:
    watch = Watch()
    for _ in range(300):
        assert not watch.take(np.full(5, -0.5), 0)
    found = [change for _ in range(64) for change in watch.take(np.full(5, -0.5), 5)]
    assert found[0].subject == "anomaly_rate"
    assert 0.0 <= found[0].before < found[0].after <= 1.0


@pytest.mark.parametrize("scores", [[], [np.nan], [np.inf, -np.inf]])
def test_nothing_usable_is_no_change(scores: list[float]) -> None:
    assert Watch().take(np.array(scores), 0) == []


def test_a_series_with_a_step_is_stable_after_it() -> None:
    values = [*RANDOM(3).normal(0, 1, 80), *RANDOM(4).normal(8, 1, 80)]
    assert stable_from(values) == pytest.approx(80, abs=20)


@pytest.mark.parametrize("values", [[], [1.0], [2.0] * 50])
def test_a_series_without_change_is_stable_from_its_start(values: list[float]) -> None:
    assert stable_from(values) == 0
