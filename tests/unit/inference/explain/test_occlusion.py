"""Reasons point at what was planted, and nothing is made up where nothing is known."""

import numpy as np
import pytest

from inference.explain import occlusion
from inference.explain.occlusion import reasons
from inference.runtimes.contract import Runtime
from inference.runtimes.forest import open_forest
from tests.fitted import forest, tables_of, training_rows

_NAMES = tuple("abcdef")
_ROWS = training_rows()


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return open_forest(tables_of(*forest(_ROWS, n_estimators=60)))


def test_the_feature_that_was_pushed_out_is_the_first_reason(runtime: Runtime) -> None:
    pushed = np.median(_ROWS, axis=0, keepdims=True).repeat(6, axis=0)
    np.fill_diagonal(pushed, 60.0)
    found = reasons(runtime, pushed, names=_NAMES)
    assert [row[0]["name"] for row in found] == list(_NAMES)
    assert all(row[0]["value"] == 60.0 for row in found)


def test_a_contribution_is_the_score_lost_at_the_usual_value(runtime: Runtime) -> None:
    row = _ROWS[:1]
    assert runtime.center is not None
    without = row.copy()
    without[0, 3] = runtime.center[3]
    expected = runtime.score(row)[0] - runtime.score(without)[0]
    assert occlusion.contributions(runtime, row, center=runtime.center)[0, 3] == expected


def test_chunks_do_not_change_contributions(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime.center is not None
    whole = occlusion.contributions(runtime, _ROWS[:50], center=runtime.center)
    monkeypatch.setattr(occlusion, "_CALL_ROWS", 40)
    assert np.array_equal(occlusion.contributions(runtime, _ROWS[:50], center=runtime.center), whole)


def test_reasons_are_sorted_positive_and_at_most_as_many_as_asked(runtime: Runtime) -> None:
    for row in reasons(runtime, _ROWS[:40], names=_NAMES, top=2):
        gains = [reason["contribution"] for reason in row]
        assert len(row) <= 2
        assert gains == sorted(gains, reverse=True)
        assert all(gain > 0 for gain in gains)


def test_without_a_scaler_there_are_no_reasons() -> None:
    detector, _ = forest(_ROWS)
    bare = open_forest(tables_of(detector, None))
    assert reasons(bare, _ROWS[:2], names=_NAMES) == [[], []]


def test_no_rows_give_no_reasons(runtime: Runtime) -> None:
    assert reasons(runtime, _ROWS[:0], names=_NAMES) == []
