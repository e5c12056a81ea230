"""Many tests at once: Benjamini and Hochberg's adjusted p values."""

from collections.abc import Sequence

import numpy as np


def adjusted(p_values: Sequence[float]) -> list[float]:
    """For each p value the smallest false discovery rate at which it would be a discovery.

    Where nothing differs at all, any of them falls below alpha with probability alpha at most (Simes), for
    independent and for positively dependent tests.

    >>> adjusted([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values)[::-1]
    scaled = values[order] * len(values) / np.arange(len(values), 0, -1)
    answer = np.empty_like(values)
    answer[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return [float(value) for value in answer]
