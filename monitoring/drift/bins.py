"""The cells that a column's values are counted in: between edges, or one for each of few values."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

MOST_POINTS = 256
_SINGLES_SHARE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The cells of one column: ``points`` is float64 (k,), k <= 256, finite and strictly rising.

    Continuous, k + 2 cells: (-inf, p0], (p0, p1], …, (p_last, inf), missing. Discrete, k + 2 cells: one for
    each value, any other value, missing. A value is missing when it is NaN.
    """

    name: str
    kind: Literal["continuous", "discrete"]
    points: Array

    @property
    def cells(self) -> int:
        """Number of cells, the one for missing values included."""
        return len(self.points) + 2

    def count(self, ordered: Array) -> Counts:
        """How many values of an ascending float64 column (NaN last) fall into each cell, int64 (k + 2,)."""
        present = int(np.searchsorted(ordered, np.nan))
        values = ordered[:present]
        upto = np.searchsorted(values, self.points, side="right")
        counts = np.empty(self.cells, np.int64)
        if self.kind == "discrete":
            counts[:-2] = upto - np.searchsorted(values, self.points, side="left")
            counts[-2] = present - counts[:-2].sum()
        else:
            counts[0:-1] = np.diff(upto, prepend=0, append=present)
        counts[-1] = len(ordered) - present
        return counts


def learn_bins(name: str, ordered: Array) -> Bins:
    """Bins that fit an ascending float64 column (NaN last); infinite values get no cell of their own.

    Fewer than 256 distinct values that come again and again are discrete. All else is cut at 256 evenly
    spaced quantiles; a value so frequent that several quantiles fall on it is cut off from what is below
    it too, so that its share is counted exactly.
    """
    values = ordered[np.isfinite(ordered)]
    starts = np.flatnonzero(np.diff(values, prepend=np.nan) != 0)
    distinct = values[starts]
    if _is_discrete(np.diff(starts, append=len(values))):
        return Bins(name, "discrete", distinct + 0.0)
    quantiles = np.linspace(0, len(values) - 1, MOST_POINTS).round().astype(np.int64)
    places, times = np.unique(np.searchsorted(starts, quantiles, side="right") - 1, return_counts=True)
    cuts = np.unique(
        np.concatenate([places, places[times > 1] - 1])
    )  # below a frequent value, above the last
    edges = _between(distinct[cuts[(cuts >= 0) & (cuts < len(distinct) - 1)]], distinct)
    lowest = [np.nextafter(distinct[0], -np.inf)] if cuts[0] < 0 else []
    return Bins(name, "continuous", np.concatenate([lowest, edges, distinct[-1:]]) + 0.0)


def _between(lows: Array, distinct: Array) -> Array:
    """For each of ``lows`` a number of few digits from there up to, not including, the next distinct value.

    Where an edge lies between two neighbouring values makes no difference to any count, but a short number
    makes a package's JSON half as long.
    """
    highs = distinct[np.searchsorted(distinct, lows) + 1]
    return np.array([_short(low, high) for low, high in zip(lows.tolist(), highs.tolist(), strict=True)])


def _short(low: float, high: float) -> float:
    middle = low / 2 + high / 2
    for digits in range(17):
        rounded = float(f"{middle:.{digits}e}")
        if low <= rounded < high:
            return rounded
    return low


def _is_discrete(repeats: Counts) -> bool:
    """True where the values seen are nearly all there are: the share of values seen once estimates the rest.

    That estimate is Good and Turing's. A short continuous column also has few distinct values, each once.
    """
    rows, distinct = int(repeats.sum()), len(repeats)
    if distinct <= 1:
        return True
    singles = int((repeats == 1).sum())
    return distinct < MOST_POINTS and 4 * distinct <= rows and singles <= max(2.0, _SINGLES_SHARE * rows)
