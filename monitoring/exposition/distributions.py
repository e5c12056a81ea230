"""Many values put into a histogram's buckets at once. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def spread(values: npt.NDArray[np.float64], bounds: Sequence[float]) -> list[float]:
    """Sum and counts of the finite ``values``, float64 (n,): bucket i holds those up to ``bounds[i]``.

    The last count is of those above every bound; counts are of each bucket alone, not cumulative.

    >>> spread(np.array([0.5, 1.0, 1.5, 9.0]), [1.0, 2.0])
    [12.0, 2.0, 1.0, 1.0]
    """
    values = values[np.isfinite(values)]
    places = np.searchsorted(np.asarray(bounds), values, side="left")
    counts = np.bincount(places, minlength=len(bounds) + 1)
    return [float(values.sum()), *counts.astype(float).tolist()]
