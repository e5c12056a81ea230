"""The training matrix: batches are cut as scoring cuts them, and gaps are filled or refused."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from inference.features import catalog
from inference.features.missing import fill_missing
from inference.records import LogRecord
from inference.training.matrices import training_matrix
from modelhub.errors import InputInvalid

_FEATURES = catalog.get("training-service-v1")
_START = datetime(2026, 3, 2, tzinfo=UTC)
_RECORDS = [
    LogRecord(f"request {n} failed", _START + timedelta(seconds=n), program="a" if n % 3 else "b")
    for n in range(25)
]


def test_each_batch_is_extracted_on_its_own() -> None:
    matrix = training_matrix(_RECORDS, _FEATURES, batch_records=10)
    expected = [fill_missing(_FEATURES.extract(_RECORDS[at : at + 10])) for at in (0, 10, 20)]
    assert np.array_equal(matrix, np.concatenate(expected))
    assert not np.array_equal(matrix, training_matrix(_RECORDS, _FEATURES, batch_records=25))


def test_progress_counts_every_record() -> None:
    told: list[int] = []
    training_matrix(iter(_RECORDS), _FEATURES, batch_records=10, advance=told.append)
    assert told == [10, 10, 5]


def test_no_record_is_refused() -> None:
    with pytest.raises(InputInvalid, match="no log record"):
        training_matrix([], _FEATURES, batch_records=10)


def test_a_column_without_any_value_is_refused_by_name() -> None:
    with pytest.raises(InputInvalid, match="hour_of_day"):
        training_matrix([LogRecord("x", None, program="a")] * 3, _FEATURES, batch_records=10)


def test_a_gap_of_a_whole_batch_takes_the_median_of_training() -> None:
    without_program = [LogRecord("x", _START + timedelta(seconds=n)) for n in range(10)]
    matrix = training_matrix([*_RECORDS[:10], *without_program], _FEATURES, batch_records=10)
    assert np.isfinite(matrix).all()
