"""Missing values are filled from the batch itself."""

import numpy as np

from inference.features.missing import fill_missing

NAN = np.nan


def test_a_gap_gets_the_median_of_its_column() -> None:
    matrix = np.array([[1.0, NAN], [NAN, 2.0], [4.0, 8.0]])
    assert fill_missing(matrix).tolist() == [[1, 5], [2.5, 2], [4, 8]]


def test_a_column_missing_throughout_stays_missing() -> None:
    filled = fill_missing(np.array([[NAN, 1.0], [NAN, NAN]]))
    assert np.isnan(filled[:, 0]).all()
    assert filled[:, 1].tolist() == [1, 1]


def test_the_input_stays_as_it_is() -> None:
    matrix = np.array([[NAN], [1.0]])
    fill_missing(matrix)
    assert np.isnan(matrix[0, 0])


def test_an_empty_batch_stays_empty() -> None:
    assert fill_missing(np.empty((0, 32))).shape == (0, 32)
