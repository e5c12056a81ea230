"""Whose fault it is when rows cannot be scored."""

import numpy as np
import pytest

from inference import faults
from inference.faults import Fault
from inference.runtimes.contract import Matrix, Scores
from modelhub.errors import InputInvalid, ModelFailed


class Runtime:
    """Scores by a formula; training had mean 10 and standard deviation 2."""

    n_features = 2
    center: Matrix | None = np.array([10.0, 10.0])
    spread: Matrix | None = np.array([2.0, 0.0])

    def __init__(self, formula: object) -> None:
        self._formula = formula

    def score(self, features: Matrix) -> Scores:
        with np.errstate(all="ignore"):
            return self._formula(features)  # type: ignore[operator]


ROWS = np.full((3, 2), 11.0)


def fault_of(formula: object, rows: Matrix = ROWS) -> ModelFailed:
    with pytest.raises(ModelFailed) as raised:
        faults.guarded_scores(Runtime(formula), rows, reference="m:1")
    return raised.value


def test_finite_scores_pass() -> None:
    assert (
        faults.guarded_scores(Runtime(lambda x: x.sum(axis=1)), ROWS, reference="m:1").tolist() == [22.0] * 3
    )


def test_a_number_that_is_none_is_the_versions_fault_and_its_rows_are_kept() -> None:
    scores = np.array([1.0, np.nan, np.inf])
    with pytest.raises(ModelFailed) as raised:
        faults.refuse_non_finite(Runtime(np.sum), ROWS, scores, reference="m:1")
    error = raised.value
    assert error.facts == {"fault": Fault.NON_FINITE}
    assert error.rows.shape == (2, 2)


def test_an_exception_is_and_its_text_is_not_told() -> None:
    def fail(features: Matrix) -> Scores:
        raise OSError("/secret/path")

    error = fault_of(fail)
    assert error.facts == {"fault": Fault.EXCEPTIONS}
    assert "secret" not in error.detail


@pytest.mark.parametrize("formula", [lambda x: x, lambda x: x[:1, 0], lambda x: 1.0])
def test_another_number_of_scores_is(formula: object) -> None:
    assert fault_of(formula).facts == {"fault": Fault.SCHEMA}


def test_another_width_is() -> None:
    assert fault_of(lambda x: x.sum(axis=1), np.ones((1, 3))).facts == {"fault": Fault.SCHEMA}


@pytest.mark.parametrize("far", [[1e7, 10.0], [10.0, -1e7]])
def test_an_overflow_far_out_is_the_callers_fault(far: list[float]) -> None:
    rows = np.array([[11.0, 11.0], far])
    with pytest.raises(InputInvalid, match="Row 1 has values too large"):
        faults.refuse_non_finite(Runtime(np.sum), rows, np.array([1.0, np.inf]), reference="m:1")


def test_an_exception_over_absurd_numbers_is_too() -> None:
    def fail(features: Matrix) -> Scores:
        raise ValueError("too large for float32")

    with pytest.raises(InputInvalid):
        faults.guarded_scores(Runtime(fail), np.array([[1e300, 0.0]]), reference="m:1")


def test_memory_that_ran_out_is_nobodys() -> None:
    def fail(features: Matrix) -> Scores:
        raise MemoryError

    with pytest.raises(MemoryError):
        faults.guarded_scores(Runtime(fail), ROWS, reference="m:1")
