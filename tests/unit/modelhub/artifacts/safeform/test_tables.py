"""Flat tables that cannot be a forest are refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from modelhub.artifacts.safeform import reference, structure, tables
from modelhub.artifacts.safeform.paths import average_path_length
from modelhub.artifacts.safeform.tables import ForestTables
from modelhub.errors import Code, PackageRefused


def _whole() -> ForestTables:
    """Two trees: one split, and a single leaf."""
    return ForestTables(
        feature=np.array([1, 0, 0, 0], dtype=np.int32),
        threshold=np.array([0.5, 0.0, 0.0, 0.0]),
        left=np.array([1, -1, -1, -1], dtype=np.int32),
        right=np.array([2, -1, -1, -1], dtype=np.int32),
        leaf_value=np.array([0.0, 1.0, 3.0, 2.0]),
        roots=np.array([0, 3], dtype=np.int32),
        normalizer=4.0,
        offset=-0.5,
        n_features=2,
        scaler_mean=np.zeros(2),
        scaler_scale=np.ones(2),
    )


def test_scores_are_two_to_the_minus_mean_depth() -> None:
    scores = reference.score(_whole(), np.array([[0.0, 0.5], [0.0, 0.6]]))
    np.testing.assert_array_equal(scores, [2.0 ** (-3 / 4), 2.0 ** (-5 / 4)])


def test_the_file_keeps_every_number() -> None:
    again = tables.parse(tables.dump(_whole()))
    structure.check_tables(again)
    for name in ForestTables.__slots__:
        np.testing.assert_array_equal(getattr(again, name), getattr(_whole(), name))


@pytest.mark.parametrize(
    "change",
    [
        {"left": np.array([0, -1, -1, -1], dtype=np.int32)},
        {"left": np.array([9, -1, -1, -1], dtype=np.int32)},
        {"left": np.array([2, -1, -1, -1], dtype=np.int32)},
        {"left": np.array([3, -1, -1, -1], dtype=np.int32)},
        {"left": np.array([-1, -1, -1, -1], dtype=np.int32)},
        {"left": np.array([1, -1, -1, -1], dtype=np.int64)},
        {"right": np.array([-5, -1, -1, -1], dtype=np.int32)},
        {"feature": np.array([2, 0, 0, 0], dtype=np.int32)},
        {"feature": np.array([-1, 0, 0, 0], dtype=np.int32)},
        {"feature": np.array([1, 0, 0], dtype=np.int32)},
        {"threshold": np.array([np.nan, 0.0, 0.0, 0.0])},
        {"threshold": np.array([0.5, 0, 0, 0], dtype=np.float32)},
        {"leaf_value": np.array([0.0, np.inf, 3.0, 2.0])},
        {"leaf_value": np.array([0.0, -1.0, 3.0, 2.0])},
        {"leaf_value": np.array([7.0, 1.0, 3.0, 2.0])},
        {"roots": np.array([0], dtype=np.int32)},
        {"roots": np.array([0, 9], dtype=np.int32)},
        {"roots": np.array([], dtype=np.int32)},
        {"roots": np.array([3, 0], dtype=np.int32)},
        {"normalizer": 0.0},
        {"normalizer": float("nan")},
        {"offset": float("inf")},
        {"n_features": 0},
        {"scaler_mean": None},
        {"scaler_mean": np.zeros(3)},
        {"scaler_scale": np.zeros(2)},
    ],
)
def test_a_contradiction_is_found(change: dict[str, Any]) -> None:
    with pytest.raises(PackageRefused) as refused:
        structure.check_tables(replace(_whole(), **change))
    assert refused.value.code is Code.MODEL_STRUCTURE


def test_path_lengths_are_those_of_scikit_learn() -> None:
    from sklearn.ensemble._iforest import _average_path_length

    counts = np.arange(1, 5000)
    np.testing.assert_array_equal(average_path_length(counts), _average_path_length(counts))
