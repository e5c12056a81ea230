"""Counting rows in cells: complete, exact where it must be, small, and refused when damaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from modelhub.errors import ArtefactCorrupt
from monitoring.drift import continuous, discrete
from monitoring.drift.profile import BinsDiffer, Profile
from tests.unit.monitoring.drift.windows import Matrix, columns

RANDOM = np.random.default_rng


def _profile(rows: Matrix) -> Profile:
    return Profile.learn(rows, [f"c{place}" for place in range(rows.shape[1])])


def _one(values: list[float]) -> Profile:
    return Profile.learn(np.array(values, float).reshape(-1, 1), ["x"])


def test_counts_are_those_of_the_rows_learned_from() -> None:
    rows = columns(RANDOM(1), 3_000)
    profile = _profile(rows)
    again = profile.empty().add(rows)
    assert [counts.tolist() for counts in profile.counts] == [counts.tolist() for counts in again.counts]


@given(st.lists(st.lists(st.floats(width=32), min_size=2, max_size=2), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_every_row_is_in_exactly_one_cell_of_each_column(rows: list[list[float]]) -> None:
    matrix = np.array(rows, float)
    profile = _profile(matrix)
    later = profile.empty().add(matrix[::-1] * 2)
    assert all(counts.sum() == len(rows) for counts in [*profile.counts, *later.counts])


def test_adding_up_parts_is_counting_the_whole() -> None:
    rows = columns(RANDOM(2), 1_000)
    profile = _profile(rows)
    parts = profile.empty().add(rows[:300]).merge(profile.empty().add(rows[300:]))
    assert parts.rows == 1_000
    assert all((a == b).all() for a, b in zip(parts.counts, profile.counts, strict=True))


def test_few_values_that_repeat_are_counted_one_by_one() -> None:
    profile = _one([0.0, 1.0, 1.0, 5.0] * 50)
    now = profile.empty().add(np.array([[1.0], [2.0], [np.nan]]))
    assert profile.bins[0].kind == "discrete"
    assert profile.bins[0].points.tolist() == [0.0, 1.0, 5.0]
    assert now.counts[0].tolist() == [0, 1, 0, 1, 1]


def test_a_short_column_of_measurements_is_continuous() -> None:
    assert _one(RANDOM(3).normal(size=150).tolist()).bins[0].kind == "continuous"


def test_a_frequent_value_of_a_continuous_column_is_counted_exactly() -> None:
    values = np.where(RANDOM(4).random(5_000) < 0.5, 0.0, RANDOM(5).normal(size=5_000))
    profile = _one(values.tolist())
    place = int(np.searchsorted(profile.bins[0].points, 0.0))
    assert abs(int(profile.counts[0][place]) - int((values == 0).sum())) <= 15


@pytest.mark.parametrize("kind", ["normal", "lognormal", "zeros", "counts", "standard_cauchy"])
def test_the_statistic_is_that_of_the_raw_samples_within_a_thousandth(kind: str) -> None:
    random = RANDOM(6)

    def draw(rows: int) -> Matrix:
        if kind == "zeros":
            return np.where(random.random(rows) < 0.6, 0, random.gamma(2, size=rows))
        if kind == "counts":
            return random.poisson(5_000, rows).astype(float)
        drawn: Matrix = getattr(random, kind)(size=rows)
        return drawn

    reference, current = draw(200_000), np.round(draw(50_000) * 1.01, 0 if kind == "counts" else 9)
    profile = _one(reference.tolist())
    now = profile.empty().add(current[:, None])
    found = continuous.compare(profile.bins[0], profile.counts[0], now.counts[0]).statistic
    assert found == pytest.approx(stats.ks_2samp(reference, current).statistic, abs=1e-3)


def test_bytes_bring_the_profile_back() -> None:
    profile = _profile(columns(RANDOM(7), 2_000))
    again = Profile.from_bytes(profile.to_bytes())
    assert again.bins_digest == profile.bins_digest
    assert again.rows == profile.rows
    assert [counts.tolist() for counts in again.counts] == [counts.tolist() for counts in profile.counts]


def test_counts_alone_come_back_in_their_bins() -> None:
    profile = _profile(columns(RANDOM(8), 500))
    again = profile.counted(profile.counts_to_bytes())
    assert [counts.tolist() for counts in again.counts] == [counts.tolist() for counts in profile.counts]


def test_counts_of_other_bins_are_refused() -> None:
    mine, other = _one([1.0, 2.0] * 20), _one([1.0, 3.0] * 20)
    with pytest.raises(BinsDiffer):
        mine.counted(other.counts_to_bytes())
    with pytest.raises(BinsDiffer):
        mine.merge(other)


def test_any_changed_byte_is_refused() -> None:
    whole = _one([1.0, 2.0, 4.0] * 20)
    for data, read in ((whole.to_bytes(), Profile.from_bytes), (whole.counts_to_bytes(), whole.counted)):
        for place in range(len(data)):
            damaged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            with pytest.raises(ArtefactCorrupt):
                read(damaged)


@pytest.mark.parametrize("data", [b"", b"MHp1", b"x" * 100])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ArtefactCorrupt):
        Profile.from_bytes(data)


def test_a_feature_takes_at_most_four_kilobytes() -> None:
    profile = _profile(RANDOM(9).lognormal(size=(100_000, 4)))
    assert len(profile.to_bytes()) <= 4_096 * 4


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        _one([1.0, 2.0]).add(np.zeros((3, 2)))


def test_values_never_seen_in_a_discrete_column_lie_apart() -> None:
    profile = _one([0.0, 1.0] * 500)
    now = profile.empty().add(np.array([[0.0], [1.0]] * 250 + [[9.0]] * 500))
    found = discrete.compare(profile.bins[0], profile.counts[0], now.counts[0])
    assert found.facts["unseen_share"] == 0.5
    assert found.p_value is not None
    assert found.p_value < 1e-50
