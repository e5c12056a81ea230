"""A log-linear histogram of seconds: mergeable by addition, quantiles within 3.2 % of the exact ones.

Every octave from 2⁻²⁰ s (about 1 µs) to 2¹⁰ s (about 1 000 s) is cut into 16 cells of equal width, so a
cell is at most 1/16 of its lower edge wide and its middle at most 1/32 away from any value in it. The
scheme is HdrHistogram's with four bits of precision. Pure: no clock, no database.
"""

import math
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

_CELLS = 16
_LOWEST = -20 * _CELLS  # 2**-20 s
_HIGHEST = 10 * _CELLS - 1  # up to 2**10 s
_SIZE = _HIGHEST - _LOWEST + 1
_Stored = dict[
    Annotated[int, msgspec.Meta(ge=_LOWEST, le=_HIGHEST)], Annotated[int, msgspec.Meta(ge=0, le=2**53)]
]
_DAMAGED = "a histogram is an object of whole counts by cell, from {} to {}"
_stored = msgspec.json.Decoder(_Stored)


class Histogram:
    """Counts of durations by cell; what is shorter or longer than the range counts in the outermost cell."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: npt.NDArray[np.int64] | None = None  # of every cell; a series has many without any

    def add(self, seconds: npt.NDArray[np.float64]) -> None:
        """Count every duration: float64 (n,), finite and not negative."""
        counts = self._filled()
        counts += np.bincount(_cells_of(seconds) - _LOWEST, minlength=_SIZE)

    def merge(self, other: "Histogram") -> None:
        """Add the other's counts to these; the result is the same in any order."""
        if other._counts is not None:
            counts = self._filled()
            counts += other._counts

    @property
    def total(self) -> int:
        """How many durations were counted."""
        return 0 if self._counts is None else int(self._counts.sum())

    def quantile(self, share: float) -> float | None:
        """Seconds that ``share`` (0 to 1) of the durations do not exceed; None while nothing was counted.

        The middle of the cell that holds the exact value by rank, hence within 1/32 of it.
        """
        if self._counts is None or not (total := self.total):
            return None
        rank = max(math.ceil(share * total), 1)
        low, high = edges(int(np.searchsorted(np.cumsum(self._counts), rank)) + _LOWEST)
        return (low + high) / 2

    def cells(self) -> Iterator[tuple[float, float, int]]:
        """(lower edge, upper edge, count) of every cell with a count, shortest first; edges in seconds."""
        for cell, count in self._counted():
            yield *edges(cell), count

    def to_json(self) -> dict[str, int]:
        """The cells that have a count, for a JSON column."""
        return {str(cell): count for cell, count in self._counted()}

    @classmethod
    def from_json(cls, stored: Any) -> "Histogram":
        """The histogram that :meth:`to_json` wrote. Raises ValueError for anything else."""
        try:
            return cls._of(msgspec.convert(stored, _Stored, str_keys=True))
        except msgspec.ValidationError:
            raise ValueError(_DAMAGED.format(_LOWEST, _HIGHEST)) from None

    @classmethod
    def from_text(cls, stored: str) -> "Histogram":
        """As :meth:`from_json` of JSON text, which summaries read thousands of. Raises ValueError."""
        try:
            return cls._of(_stored.decode(stored))
        except msgspec.DecodeError:
            raise ValueError(_DAMAGED.format(_LOWEST, _HIGHEST)) from None

    @classmethod
    def _of(cls, counts: dict[int, int]) -> "Histogram":
        made = cls()
        if counts:
            cells = np.fromiter(counts, np.int64, len(counts))
            made._filled()[cells - _LOWEST] = np.fromiter(counts.values(), np.int64, len(counts))
        return made

    def _filled(self) -> npt.NDArray[np.int64]:
        if self._counts is None:
            self._counts = np.zeros(_SIZE, np.int64)
        return self._counts

    def _counted(self) -> Iterator[tuple[int, int]]:
        if self._counts is None:
            return iter(())
        places = np.flatnonzero(self._counts)
        return zip((places + _LOWEST).tolist(), self._counts[places].tolist(), strict=True)


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
