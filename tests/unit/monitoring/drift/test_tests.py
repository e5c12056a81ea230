"""Each test against the textbook: scipy's own answers on the same counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from monitoring.drift import effect, latency, pictured, proportions
from monitoring.drift.bins import Bins
from monitoring.drift.correction import adjusted
from monitoring.drift.discrete import compare as compare_discrete
from monitoring.drift.profile import Profile
from monitoring.drift.result import Method


def _discrete(before: list[int], after: list[int]) -> tuple[Bins, list[np.ndarray]]:
    bins = Bins("x", "discrete", np.arange(len(before), dtype=float))
    return bins, [np.array([*counts, 0, 0]) for counts in (before, after)]


def test_chi_square_is_scipys() -> None:
    bins, (before, after) = _discrete([300, 200, 500], [310, 260, 430])
    found = compare_discrete(bins, before, after)
    expected = stats.chi2_contingency([[300, 200, 500], [310, 260, 430]], correction=False)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_small_cells_are_pooled() -> None:
    bins, (before, after) = _discrete([500, 480, 3, 4, 2, 8], [500, 482, 4, 3, 2, 6])
    found = compare_discrete(bins, before, after)
    expected = stats.chi2_contingency([[500, 480, 8, 9], [500, 482, 6, 9]], correction=False)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_two_small_cells_are_compared_exactly() -> None:
    bins, (before, after) = _discrete([999, 1], [994, 6])
    found = compare_discrete(bins, before, after)
    assert found.test == Method.FISHER_EXACT
    assert found.p_value == pytest.approx(stats.fisher_exact([[999, 1], [994, 6]]).pvalue)


def test_two_proportions_are_the_pooled_z_test() -> None:
    found = proportions.compare("rate", (50, 1_000), (90, 1_200))
    expected = stats.chi2_contingency([[50, 950], [90, 1_110]], correction=False)
    assert found.p_value == pytest.approx(expected.pvalue)


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_two_proportions_are_symmetric(hits: int, hits_now: int) -> None:
    one = proportions.compare("rate", (hits, 40), (hits_now, 40))
    other = proportions.compare("rate", (hits_now, 40), (hits, 40))
    assert one.p_value == pytest.approx(other.p_value)
    assert one.effect == pytest.approx(other.effect)


def test_adjusted_p_values_are_scipys() -> None:
    values = np.random.default_rng(1).random(50)
    assert adjusted(values.tolist()) == pytest.approx(stats.false_discovery_control(values).tolist())


def test_nothing_adjusts_to_nothing() -> None:
    assert adjusted([]) == []


def test_the_effect_is_one_for_disjoint_and_zero_for_equal_distributions() -> None:
    assert effect.cells_apart(np.array([100_000, 0]), np.array([0, 100_000])) == pytest.approx(1, abs=1e-3)
    assert effect.cells_apart(np.array([500, 500]), np.array([500, 500])) == 0.0


def test_the_effect_of_chance_alone_is_near_zero_for_any_number_of_cells() -> None:
    random = np.random.default_rng(2)
    found = [effect.cells_apart(*random.multinomial(1_000, [0.01] * 100, size=2)) ** 2 for _ in range(200)]
    assert np.mean(found) < 0.005


def test_wasserstein_is_scipys_in_standard_deviations() -> None:
    random = np.random.default_rng(3)
    before, after = random.normal(10, 2, 50_000), random.normal(11, 2, 50_000)
    profile = Profile.learn(before[:, None], ["x"])
    now = profile.empty().add(after[:, None])
    upto = [np.cumsum(counts[:-1])[:-1] / 50_000 for counts in (profile.counts[0], now.counts[0])]
    found = effect.wasserstein(profile.bins[0].points, *upto)
    assert found == pytest.approx(stats.wasserstein_distance(before, after) / before.std(), rel=0.03)


def test_stability_is_small_without_change_and_large_with_one() -> None:
    random = np.random.default_rng(4)
    profile = Profile.learn(random.normal(size=(5_000, 1)), ["x"])
    same = profile.empty().add(random.normal(size=(5_000, 1)))
    moved = profile.empty().add(random.normal(1, size=(5_000, 1)))
    assert effect.population_stability(profile.counts[0], same.counts[0]) < 0.02
    assert effect.population_stability(profile.counts[0], moved.counts[0]) > 0.25


def test_inference_time_that_doubles_is_told_by_its_median() -> None:
    before, after = [(0.001, 0.0011, 900), (1.0, 1.1, 3)], [(0.002, 0.0022, 900)]
    found = latency.shift(before, after)
    assert found is not None
    assert found.change == pytest.approx(1.0, abs=0.01)
    assert found.superiority > 0.99


def test_one_straggler_does_not_move_inference_time() -> None:
    found = latency.shift([(0.001, 0.0011, 900)], [(0.001, 0.0011, 900), (100.0, 110.0, 5)])
    assert found is not None
    assert found.change == 0.0


def test_inference_time_without_requests_is_unknown() -> None:
    assert latency.shift([], [(0.001, 0.0011, 9)]) is None


def test_a_picture_holds_every_row_once() -> None:
    random = np.random.default_rng(5)
    for values in (random.normal(size=3_000), random.poisson(3, 3_000), random.poisson(90, 3_000)):
        profile = Profile.learn(values.astype(float)[:, None], ["x"])
        now = profile.empty().add(values.astype(float)[:, None] * 3)
        groups = pictured.grouped(profile.bins[0], profile.counts[0], now.counts[0])
        assert len(groups) <= 14
        assert sum(group.reference for group in groups) == pytest.approx(1)
        assert sum(group.current for group in groups) == pytest.approx(1)
