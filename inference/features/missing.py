"""Missing values: the training service fills them with the median of the batch at hand."""

import numpy as np

from inference.features.contract import Matrix


def fill_missing(matrix: Matrix) -> Matrix:
    """``matrix`` with NaN replaced by its column's median, shape unchanged; the input stays as it is.

    A column that is missing throughout stays NaN: there is nothing to fill it with, and the caller
    must not score it.
    """
    absent = np.isnan(matrix)
    if not absent.any():
        return matrix
    filled = matrix.copy()
    for column in np.flatnonzero(absent.any(axis=0) & ~absent.all(axis=0)):
        gaps = absent[:, column]
        filled[gaps, column] = np.median(matrix[~gaps, column])
    return filled
