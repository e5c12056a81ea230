"""Both forest engines against scikit-learn, where verdicts hang on the last bit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inference.runtimes import forest as engines
from inference.runtimes.contract import Runtime
from inference.runtimes.kernel import binding
from inference.runtimes.kernel.runtime import KernelForest
from inference.runtimes.onnx_forest import OnnxForest, score_from_sums
from modelhub.artifacts.safeform import reference
from modelhub.artifacts.safeform.tables import ForestTables
from tests.fitted import forest, rows_on_splits, tables_of, training_rows

Opener = Callable[[ForestTables], Runtime]


@pytest.fixture(params=engines.ENGINES)
def opened(request: pytest.FixtureRequest) -> Opener:
    """Opens tables by what ``auto`` means here, and by ONNX Runtime."""
    return lambda tables: engines.open_forest(tables, request.param)


def test_the_kernel_is_taken_where_there_is_one() -> None:
    expected = OnnxForest if binding.present() is None else KernelForest
    assert isinstance(engines.open_forest(_with_lone_leaf()), expected)


def test_without_a_kernel_onnx_runtime_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "present", lambda: None)
    assert isinstance(engines.open_forest(_with_lone_leaf()), OnnxForest)
    assert engines.engine_name().startswith("onnx (")


def test_the_operators_choice_goes_before_the_kernel() -> None:
    assert isinstance(engines.open_forest(_with_lone_leaf(), engines.ONNX), OnnxForest)
    assert engines.engine_name(engines.ONNX).startswith("onnx (")


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_estimators": 100},
        {"max_samples": 2},
        {"max_features": 0.5},
        {"bootstrap": True},
        {"n_estimators": 1},
        {"max_samples": 1.0, "n_estimators": 10},
        {"contamination": "auto"},
    ],
    ids=str,
)
def test_scores_and_verdicts_equal_scikit_learn_to_the_last_bit(
    opened: Opener, parameters: dict[str, Any]
) -> None:
    rows = training_rows(1_500, width=8)
    model, scaler = forest(rows, **parameters)
    runtime = opened(tables_of(model, scaler))
    new = training_rows(3_000, width=8, seed=9)
    for sample in (rows, new):
        expected = -model.score_samples(scaler.transform(sample))
        assert np.array_equal(runtime.score(sample), expected)


def test_rows_on_split_thresholds_go_the_way_scikit_learn_sends_them(opened: Opener) -> None:
    rows = training_rows(1_500, width=8)
    model, scaler = forest(rows, n_estimators=50)
    on_splits = rows_on_splits(model, scaler, rows, count=3_000)
    found = opened(tables_of(model, scaler)).score(on_splits)
    assert np.array_equal(found, -model.score_samples(scaler.transform(on_splits)))


def test_one_row_at_a_time_gives_the_same_bits_as_a_batch(opened: Opener) -> None:
    rows = training_rows(400)
    model, scaler = forest(rows)
    runtime = opened(tables_of(model, scaler))
    assert [runtime.score(row[None])[0] for row in rows] == runtime.score(rows).tolist()


def test_the_training_row_that_set_the_threshold_is_no_anomaly(opened: Opener) -> None:
    rows = training_rows(1_001)
    model, scaler = forest(rows)  # 10 % of 1001 rows: the percentile is one row's own score
    scores = opened(tables_of(model, scaler)).score(rows)
    assert (scores == -model.offset_).any()
    assert np.array_equal(scores > -model.offset_, model.predict(scaler.transform(rows)) == -1)


def test_a_tree_of_one_leaf_counts_like_any_other(opened: Opener) -> None:
    tables = _with_lone_leaf()
    rows = np.array([[-1.0], [1.0]])
    assert opened(tables).score(rows).tolist() == [2.0**-2.0, 2.0**-2.5]
    assert np.array_equal(opened(tables).score(rows), reference.score(tables, rows))


def test_values_beyond_float32_take_the_outer_branch(opened: Opener) -> None:
    rows = training_rows()
    model, scaler = forest(rows)
    huge = np.full((1, 6), 1e300)
    with np.errstate(over="ignore"):
        expected = -model.score_samples(scaler.transform(huge))
    assert opened(tables_of(model, scaler)).score(huge) == expected


def test_a_forest_of_single_rows_scores_one_half() -> None:
    assert score_from_sums(np.zeros(3), 0.0).tolist() == [0.5, 0.5, 0.5]


def _with_lone_leaf() -> ForestTables:
    return ForestTables(
        feature=np.array([0, 0, 0, 0], np.int32),
        threshold=np.zeros(4),
        left=np.array([-1, 2, -1, -1], np.int32),
        right=np.array([-1, 3, -1, -1], np.int32),
        leaf_value=np.array([3.0, 0.0, 1.0, 2.0]),
        roots=np.array([0, 1], np.int32),
        normalizer=2.0,
        offset=-0.5,
        n_features=1,
        scaler_mean=None,
        scaler_scale=None,
    )
