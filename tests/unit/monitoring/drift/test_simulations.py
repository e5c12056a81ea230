"""What a statistician would ask: how often it cries wolf, how often it sees the wolf."""

import numpy as np
import pytest

from monitoring.drift.result import Verdict
from tests.unit.monitoring.drift.windows import Matrix, compared

RUNS = 400
ALPHA = 0.05


def _false_alarms(*, before: int, after: int, seed: int) -> float:
    random = np.random.default_rng(seed)
    verdicts = [compared(random, before=before, after=after).verdict for _ in range(RUNS)]
    assert Verdict.INSUFFICIENT_DATA not in verdicts
    return verdicts.count(Verdict.DRIFT) / RUNS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"), [(1_000, 1_000), (200, 1_000), (10_000, 1_000), (1_000, 10_000)]
)
def test_stationary_data_alarm_no_more_often_than_alpha_allows(before: int, after: int) -> None:
    assert _false_alarms(before=before, after=after, seed=20) <= ALPHA + 0.02


def test_half_a_standard_deviation_in_one_of_twenty_columns_is_found() -> None:
    random = np.random.default_rng(21)

    def shift(rows: Matrix) -> None:
        rows[:, 2] += 0.5

    results = [compared(random, plant=shift) for _ in range(100)]
    found = [next(one.verdict for one in each.features if one.result.name == "c2") for each in results]
    assert found.count(Verdict.DRIFT) / len(results) >= 0.9


def test_half_a_standard_deviation_in_a_column_of_counts_is_found() -> None:
    random = np.random.default_rng(22)

    def shift(rows: Matrix) -> None:
        rows[:, 9] = random.poisson(2 + 0.5 * 2**0.5, len(rows))

    verdicts = [compared(random, plant=shift).verdict for _ in range(50)]
    assert verdicts.count(Verdict.DRIFT) / len(verdicts) >= 0.9


def test_a_shift_of_negative_scores_is_found() -> None:
    random = np.random.default_rng(23)
    results = [compared(random, plant_scores=lambda values: values - 0.075) for _ in range(50)]
    found = [result.scores.verdict for result in results if result.scores is not None]
    assert found.count(Verdict.DRIFT) / 50 >= 0.9


def test_a_slow_ramp_is_found_long_before_it_ends() -> None:
    random = np.random.default_rng(24)
    steps = np.linspace(0, 1, 21)  # of a standard deviation, one window each

    def at(step: float) -> Verdict:
        def plant(rows: Matrix) -> None:
            rows[:, 0] += step

        return compared(random, plant=plant).verdict

    first = next(step for step in steps if at(float(step)) == Verdict.DRIFT and step > 0)
    assert first <= 0.5


@pytest.mark.parametrize("share", [0.02, 0.06])
def test_an_anomaly_rate_that_doubles_is_found(share: float) -> None:
    random = np.random.default_rng(25)

    def plant(values: Matrix) -> Matrix:
        return np.where(random.random(len(values)) < 0.08 + share, -0.01, values)

    verdicts = [compared(random, plant_scores=plant).verdict for _ in range(20)]
    assert verdicts.count(Verdict.DRIFT) >= 18


def test_a_million_rows_do_not_make_a_hair_a_drift() -> None:
    random = np.random.default_rng(26)

    def hair(rows: Matrix) -> None:
        rows[:, 0] += 0.02

    result = compared(random, before=200_000, after=200_000, plant=hair)
    assert result.features[0].p_adjusted is not None
    assert result.features[0].p_adjusted < ALPHA
    assert result.verdict == Verdict.NO_DRIFT
