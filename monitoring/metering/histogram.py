"""A log-linear histogram of seconds: mergeable by addition, quantiles within 3.2 % of the exact ones.

Every octave from 2⁻²⁰ s (about 1 µs) to 2¹⁰ s (about 1 000 s) is cut into 16 cells of equal width, so a
cell is at most 1/16 of its lower edge wide and its middle at most 1/32 away from any value in it. The
scheme is HdrHistogram's with four bits of precision. Pure: no clock, no database.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_CELLS = 16
_LOWEST = -20 * _CELLS  # 2**-20 s
_HIGHEST = 10 * _CELLS - 1  # up to 2**10 s


class Histogram:
    """Counts of durations by cell; what is shorter or longer than the range counts in the outermost cell."""

    __slots__ = ("_counts",)

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self._counts: dict[int, int] = dict(counts or {})

    def add(self, seconds: npt.NDArray[np.float64]) -> None:
        """Count every duration: float64 (n,), finite and not negative."""
        cells, counts = np.unique(_cells_of(seconds), return_counts=True)
        for cell, count in zip(cells.tolist(), counts.tolist(), strict=True):
            self._counts[cell] = self._counts.get(cell, 0) + count

    def merge(self, other: "Histogram") -> None:
        """Add the other's counts to these; the result is the same in any order."""
        for cell, count in other._counts.items():
            self._counts[cell] = self._counts.get(cell, 0) + count

    @property
    def total(self) -> int:
        """How many durations were counted."""
        return sum(self._counts.values())

    def quantile(self, share: float) -> float | None:
        """Seconds that ``share`` (0 to 1) of the durations do not exceed; None while nothing was counted.

        The middle of the cell that holds the exact value by rank, hence within 1/32 of it.
        """
        rank = max(math.ceil(share * self.total), 1)
        for cell, count in sorted(self._counts.items()):
            rank -= count
            if rank <= 0:
                low, high = edges(cell)
                return (low + high) / 2
        return None

    def cells(self) -> Iterator[tuple[float, float, int]]:
        """(lower edge, upper edge, count) of every cell with a count, shortest first; edges in seconds."""
        for cell, count in sorted(self._counts.items()):
            yield *edges(cell), count

    def to_json(self) -> dict[str, int]:
        """The cells that have a count, for a JSON column."""
        return {str(cell): count for cell, count in sorted(self._counts.items())}

    @classmethod
    def from_json(cls, stored: Any) -> "Histogram":
        """The histogram that :meth:`to_json` wrote. Raises ValueError for anything else."""
        if not isinstance(stored, dict):
            raise ValueError("a histogram is an object of counts by cell")
        counts = {int(cell): count for cell, count in stored.items()}
        for cell, count in counts.items():  # a loop, because summaries read thousands of these
            if not isinstance(count, int) or count < 0:
                raise ValueError("the counts of a histogram are whole numbers")
            if not _LOWEST <= cell <= _HIGHEST:
                raise ValueError("a cell outside of the histogram's range")
        return cls(counts)


def edges(cell: int) -> tuple[float, float]:
    """Lower (inclusive) and upper edge of a cell in seconds.

    >>> edges(0)
    (1.0, 1.0625)
    """
    octave, place = divmod(cell, _CELLS)
    width = math.ldexp(1 / _CELLS, octave)
    low = math.ldexp(1.0, octave) + place * width
    return low, low + width


def _cells_of(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    mantissas, exponents = np.frexp(seconds)  # mantissa in [0.5, 1): 2·mantissa is the place in its octave
    cells = (exponents.astype(np.int64) - 1) * _CELLS + ((mantissas * 2 - 1) * _CELLS).astype(np.int64)
    cells[seconds <= 0] = _LOWEST
    return np.clip(cells, _LOWEST, _HIGHEST)
