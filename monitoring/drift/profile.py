"""A profile: how many rows had which values, column by column, in cells fixed once; profiles can be added up.

A minute of traffic is counted in the cells of its version's reference: ``reference.empty()``, ``add`` for
every batch, ``merge`` over processes and minutes. A row of the database holds ``counts_to_bytes()`` (some
hundred bytes for each column); the cells are kept once, in the reference's ``to_bytes()``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from monitoring.drift import packing
from monitoring.drift.bins import Array, Bins, Counts, learn_bins

__all__ = ["Bins", "BinsDiffer", "Profile"]

_ROWS_AT_ONCE = 1 << 16  # so many rows are turned into columns at a time: they stay in the cache


class BinsDiffer(ValueError):
    """Counts of different cells cannot be added or compared."""


@dataclass(eq=False)
class Profile:
    """Counts by cell: ``counts[i]`` is int64 (k + 2,) for ``bins[i]`` and always sums to ``rows``.

    ``add`` and ``merge`` change the profile in place and are not safe against other threads.
    """

    bins: tuple[Bins, ...]
    counts: list[Counts]
    rows: int = 0

    @classmethod
    def learn(cls, matrix: Array, names: Sequence[str]) -> Self:
        """Bins that fit the columns of a float64 matrix (n, f), with the counts of its rows.

        Takes about 20 ms for each column of a million rows.
        """
        bins, counts = [], []
        for name, column in zip(names, matrix.T, strict=True):
            ordered = np.sort(column)
            bins.append(learn_bins(name, ordered))
            counts.append(bins[-1].count(ordered))
        return cls(tuple(bins), counts, len(matrix))

    @classmethod
    def of(cls, bins: Sequence[Bins]) -> Self:
        """A profile of no rows in those bins."""
        return cls(tuple(bins), [np.zeros(one.cells, np.int64) for one in bins], 0)

    def empty(self) -> Self:
        """A profile of no rows in the same bins."""
        fresh = type(self).of(self.bins)
        fresh.bins_digest = self.bins_digest
        return fresh

    def copy(self) -> Self:
        """The same counts, independent of this profile."""
        return self.empty().merge(self)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return tuple(one.name for one in self.bins)

    @cached_property
    def bins_digest(self) -> str:
        """32 hexadecimal digits, equal for profiles with equal names, kinds and points."""
        digest = hashlib.sha256()
        for one in self.bins:
            digest.update(
                f"{len(one.name)}:{one.name}:{one.kind}:{len(one.points)}:".encode("utf-8", "replace")
            )
            digest.update(one.points.astype("<f8").tobytes())
        return digest.hexdigest()[:32]

    def add(self, matrix: Array) -> Self:
        """Count the rows of a float64 matrix (n, f), columns in the order of ``bins``; answers itself.

        NaN counts as missing. Raises ValueError for another number of columns.
        """
        if matrix.ndim != 2 or matrix.shape[1] != len(self.bins):
            raise ValueError(f"a matrix of shape {matrix.shape} has not the {len(self.bins)} columns counted")
        for start in range(0, len(matrix), _ROWS_AT_ONCE):
            block = np.array(matrix[start : start + _ROWS_AT_ONCE].T, np.float64, order="C")
            block.sort(axis=1)
            for place, one in enumerate(self.bins):
                self.counts[place] += one.count(block[place])
        self.rows += len(matrix)
        return self

    def merge(self, other: "Profile") -> Self:
        """Add the counts of ``other``; answers itself. Raises BinsDiffer unless both have equal bins."""
        if other.bins_digest != self.bins_digest:
            raise BinsDiffer("profiles with different bins cannot be added")
        for mine, theirs in zip(self.counts, other.counts, strict=True):
            mine += theirs
        self.rows += other.rows
        return self

    def to_bytes(self) -> bytes:
        """The whole profile, bins included: what a reference is stored as."""
        return packing.pack(self.bins, self.counts, self.rows)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What :meth:`to_bytes` wrote. Raises ArtefactCorrupt for anything else, damage included."""
        bins, counts, rows = packing.unpack(data)
        return cls(bins, counts, rows)

    def counts_to_bytes(self) -> bytes:
        """The counts alone, with the digest of their bins: what a minute of traffic is stored as."""
        return packing.pack_counts(self.bins_digest, self.counts, self.rows)

    def counted(self, data: bytes) -> Self:
        """A profile in the same bins with the counts that :meth:`counts_to_bytes` wrote.

        Raises:
            BinsDiffer: they were counted in other bins.
            ArtefactCorrupt: they are damaged.
        """
        found = packing.unpack_counts(data, self.bins_digest, [one.cells for one in self.bins])
        if found is None:
            raise BinsDiffer("the stored counts belong to other bins")
        fresh = self.empty()
        fresh.rows, fresh.counts = found
        return fresh
