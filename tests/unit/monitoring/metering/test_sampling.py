"""A bounded share of rows, each with its own score."""

import numpy as np

from monitoring.metering import sampling
from monitoring.metering.contract import Observation
from monitoring.metering.sampling import Rows, rows_of, share_of


def observed(first: int, count: int, *, features: bool = True) -> Observation:
    """Rows whose one feature equals their score: first, first + 1, …"""
    scores = np.arange(first, first + count, dtype=float)
    return Observation(1, 0.001, scores, scores.reshape(-1, 1) if features else None, 0)


def sample(observations: list[Observation], *, most: int, random: np.random.Generator) -> Rows | None:
    return sampling.sample([rows_of(one) for one in observations], most=most, random=random)


def test_few_rows_are_all_taken() -> None:
    rows = sample([observed(0, 3), observed(3, 2)], most=10, random=np.random.default_rng(0))
    assert rows is not None
    assert rows.scores.tolist() == [0, 1, 2, 3, 4]


def test_rows_keep_their_scores_when_some_are_left_out() -> None:
    many = [observed(7 * place, 7) for place in range(40)]
    rows = sample(many, most=50, random=np.random.default_rng(0))
    assert rows is not None
    assert len(set(rows.scores.tolist())) == 50
    assert (rows.features[:, 0] == rows.scores).all()


def test_every_row_is_as_likely_as_any_other() -> None:
    random, seen = np.random.default_rng(0), np.zeros(100)
    blocks = [observed(0, 90), observed(90, 10)]
    for _ in range(2_000):
        rows = sample(blocks, most=20, random=random)
        assert rows is not None
        seen[rows.scores.astype(int)] += 1
    assert abs(seen / 2_000 - 0.2).max() < 0.05  # five standard deviations


def test_scores_without_features_are_rows_without_columns() -> None:
    rows = sample([observed(0, 3, features=False)], most=10, random=np.random.default_rng(0))
    assert rows is not None
    assert rows.features.shape == (3, 0)


def test_nothing_observed_is_no_row() -> None:
    assert sample([observed(0, 0)], most=10, random=np.random.default_rng(0)) is None


def test_a_share_has_every_row_once_over_all_its_beginnings() -> None:
    shares = [share_of(observed(0, 10), one_in=4, first=first) for first in range(4)]
    assert shares[1].scores.tolist() == [1, 5, 9]
    assert sorted(score for share in shares for score in share.scores.tolist()) == list(range(10))
    assert all((share.features[:, 0] == share.scores).all() for share in shares)


def test_a_share_lets_go_of_the_features_of_other_rows() -> None:
    assert share_of(observed(0, 10), one_in=4, first=0).features.base is None


def test_a_share_may_hold_no_row() -> None:
    empty = share_of(observed(0, 3), one_in=4, first=3)
    rows = sampling.sample([empty, rows_of(observed(5, 2))], most=9, random=np.random.default_rng(0))
    assert rows is not None
    assert rows.scores.tolist() == [5, 6]
    assert sampling.sample([empty], most=9, random=np.random.default_rng(0)) is None
