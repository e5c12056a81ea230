"""The kernel gives the bits of the yardstick and of ONNX Runtime, whatever the forest and the rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.runtimes.kernel.binding import Kernel
from inference.runtimes.kernel.runtime import KernelForest
from inference.runtimes.onnx_forest import OnnxForest
from modelhub.artifacts.safeform import reference, structure
from modelhub.artifacts.safeform.tables import ForestTables
from tests.fitted import Matrix
from tests.unit.inference.runtimes.kernel.growing import grow, rows_for

SHAPES = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "trees": st.sampled_from([1, 2, 15, 16, 17, 40]),
        "width": st.sampled_from([1, 2, 7, 33]),
        "depth": st.integers(0, 11),
        "is_chain": st.booleans(),
        "is_scaled": st.booleans(),
    }
)
COUNTS = st.sampled_from([0, 1, 2, 7, 8, 9, 15, 16, 17, 129, 1_000])


def _expected(tables: ForestTables, rows: Matrix) -> Matrix:
    with np.errstate(over="ignore"):
        return reference.score(tables, rows)


@settings(max_examples=120, deadline=None)
@given(shape=SHAPES, count=COUNTS)
def test_scores_are_the_yardsticks_to_the_last_bit(kernel: Kernel, shape: dict[str, int], count: int) -> None:
    tables = grow(**shape)
    structure.check_tables(tables)
    rows = rows_for(tables, shape["seed"] + 1, count)
    assert np.array_equal(KernelForest(tables, kernel).score(rows), _expected(tables, rows))


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, count=COUNTS)
def test_scores_are_those_of_onnx_runtime_to_the_last_bit(
    kernel: Kernel, shape: dict[str, int], count: int
) -> None:
    tables = grow(**shape)
    rows = rows_for(tables, shape["seed"] + 1, count)
    assert np.array_equal(KernelForest(tables, kernel).score(rows), OnnxForest(tables).score(rows))


@pytest.mark.parametrize("depth", [8, 9, 16, 17, 600])
def test_trees_that_are_one_long_path_are_walked_to_their_end(kernel: Kernel, depth: int) -> None:
    tables = grow(3, trees=20, width=3, depth=depth, is_chain=True)
    rows = rows_for(tables, 4, 100)
    assert np.array_equal(KernelForest(tables, kernel).score(rows), _expected(tables, rows))


@pytest.mark.parametrize("width", [1_023, 1_024, 1_025, 9_000])
@pytest.mark.parametrize("count", [1, 7, 8, 20])
def test_wide_rows_are_scored_like_narrow_ones(kernel: Kernel, width: int, count: int) -> None:
    tables = grow(5, trees=17, width=width, depth=7)
    rows = rows_for(tables, 6, count)
    assert np.array_equal(KernelForest(tables, kernel).score(rows), _expected(tables, rows))


@pytest.mark.parametrize("value", [1e300, -1e300, np.inf, -np.inf])
def test_values_beyond_float32_take_the_outer_branches(kernel: Kernel, value: float) -> None:
    tables = grow(7, trees=30, width=4, depth=8, is_scaled=False)
    for count in (1, 20):
        rows = np.full((count, 4), value)
        assert np.array_equal(KernelForest(tables, kernel).score(rows), _expected(tables, rows))


def test_rows_that_are_no_numbers_end_in_some_leaf(kernel: Kernel) -> None:
    tables = grow(8, trees=30, width=4, depth=8)
    for count in (1, 20):
        scores = KernelForest(tables, kernel).score(np.full((count, 4), np.nan))
        assert np.isfinite(scores).all()


@pytest.mark.parametrize("count", [3, 2_000])
def test_rows_in_any_memory_order_score_the_same(kernel: Kernel, count: int) -> None:
    tables = grow(9, trees=20, width=5, depth=8)
    rows = rows_for(tables, 10, 2 * count)
    runtime = KernelForest(tables, kernel)
    expected = runtime.score(rows[::2].copy())
    wide = np.zeros((2 * count, 9))
    wide[:, 2:7] = rows
    for same in (rows[::2], np.asfortranarray(rows[::2]), wide[::2, 2:7], rows[::-1][1::2][::-1]):
        assert np.array_equal(runtime.score(same), expected)


def test_rows_that_may_not_be_written_are_scored(kernel: Kernel) -> None:
    tables = grow(9, trees=20, width=5, depth=8)
    rows = rows_for(tables, 10, 2_000)
    rows.flags.writeable = False
    assert np.array_equal(KernelForest(tables, kernel).score(rows), _expected(tables, rows))


@pytest.mark.parametrize(
    "rows", [np.zeros((3, 4)), np.zeros((3, 6)), np.zeros((3, 5), np.float32), np.zeros(5)], ids=str
)
def test_rows_of_another_shape_or_type_are_refused(kernel: Kernel, rows: Matrix) -> None:
    with pytest.raises(ValueError, match="expected"):
        KernelForest(grow(9, trees=2, width=5, depth=3), kernel).score(rows)


def test_a_forest_of_single_rows_scores_one_half(kernel: Kernel) -> None:
    tables = replace(grow(1, trees=3, width=2, depth=0), normalizer=0.0)
    for count in (1, 9):
        assert KernelForest(tables, kernel).score(np.zeros((count, 2))).tolist() == [0.5] * count


def test_the_forest_lives_as_long_as_its_runtime(kernel: Kernel) -> None:
    runtimes = [KernelForest(grow(seed, trees=9, width=3, depth=7), kernel) for seed in range(30)]
    for seed, runtime in enumerate(runtimes):
        tables = grow(seed, trees=9, width=3, depth=7)
        rows = rows_for(tables, 2, 20)
        assert np.array_equal(runtime.score(rows), _expected(tables, rows))


def test_threads_share_one_forest(kernel: Kernel) -> None:
    tables = grow(12, trees=60, width=6, depth=9)
    runtime = KernelForest(tables, kernel)
    parts = [rows_for(tables, seed, count) for seed, count in enumerate([1, 7, 40, 900] * 20)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(runtime.score, parts))
    assert all(np.array_equal(ours, _expected(tables, rows)) for ours, rows in zip(found, parts, strict=True))


def test_only_long_batches_let_other_threads_run_meanwhile(kernel: Kernel) -> None:
    called: list[str] = []

    def counted(name: str, function: Callable[..., int]) -> Callable[..., int]:
        return lambda *arguments: (called.append(name), function(*arguments))[1]

    counting = replace(kernel, few=counted("few", kernel.few), many=counted("many", kernel.many))
    tables = grow(12, trees=60, width=6, depth=9)
    runtime = KernelForest(tables, counting)
    for count in (8, 5_000):
        rows = rows_for(tables, 1, count)
        assert np.array_equal(runtime.score(rows), _expected(tables, rows))
    assert called == ["few", "many"]
