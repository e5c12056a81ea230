"""Distinct counts over moving ranges."""

import numpy as np

from inference.features.windows import Occurrences, distinct, sums


def occurrences(pairs: list[tuple[int, int]]) -> Occurrences:
    table = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2)
    return Occurrences(table[:, 0], table[:, 1])


def test_distinct_counts_equal_sets_on_random_ranges() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        n = int(rng.integers(1, 40))
        first = np.minimum(np.sort(rng.integers(0, n, n)), np.arange(n))
        after = np.maximum(np.sort(rng.integers(0, n + 1, n)), first)
        pairs = [(int(rng.integers(n)), int(rng.integers(6))) for _ in range(int(rng.integers(0, 60)))]
        expected = [len({key for at, key in pairs if a <= at < b}) for a, b in zip(first, after, strict=True)]
        assert distinct(occurrences(pairs), first, after).tolist() == expected


def test_without_occurrences_all_counts_are_zero() -> None:
    bounds = np.arange(3)
    assert distinct(occurrences([]), bounds, bounds + 1).tolist() == [0, 0, 0]


def test_sums_count_set_flags_in_half_open_ranges() -> None:
    flags = np.array([True, False, True])
    assert sums(flags, np.array([0, 0, 2]), np.array([1, 3, 2])).tolist() == [1, 2, 0]
