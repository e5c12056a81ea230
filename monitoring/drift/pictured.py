"""Two distributions in a dozen groups of neighbouring cells: what a picture or table of them shows."""

from dataclasses import dataclass

import numpy as np

from monitoring.drift.bins import Array, Bins, Counts

GROUPS = 12


@dataclass(frozen=True, slots=True)
class Group:
    """A range of values in words, and the share of each window's rows in it (missing ones left out)."""

    label: str
    reference: float
    current: float


def grouped(bins: Bins, reference: Counts, current: Counts) -> list[Group]:
    """At most fourteen groups in ascending order; each holds about as many rows of the reference.

    Discrete columns with few values have one group for each value; the last is for values that the
    reference never had.
    """
    n, m = max(int(reference[:-1].sum()), 1), max(int(current[:-1].sum()), 1)
    before, after = reference[:-1] / n, current[:-1] / m
    if bins.kind == "discrete":
        cells = _slices(before[:-1])
        named = [(_values(bins.points[cell]), cell) for cell in cells]
        others = slice(len(before) - 1, len(before))
        named += [("any other value", others)] if before[-1] or after[-1] else []
    else:
        named = [(_range(bins, cell), cell) for cell in _slices(before)]
    return [Group(label, float(before[cell].sum()), float(after[cell].sum())) for label, cell in named]


def _slices(shares: Array) -> list[slice]:
    """Neighbouring cells put together until each group holds its part of the shares."""
    if len(shares) <= GROUPS:
        return [slice(place, place + 1) for place in range(len(shares))]
    upto = np.cumsum(shares)
    group = np.minimum((upto - shares / 2) * GROUPS, GROUPS - 1).astype(np.int64)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return [slice(int(a), int(b)) for a, b in zip(starts, np.append(starts[1:], len(shares)), strict=True)]


def _values(values: Array) -> str:
    first, last = float(values[0]), float(values[-1])
    return f"{first:.6g}" if first == last else f"{first:.6g} to {last:.6g}"


def _range(bins: Bins, cell: slice) -> str:
    """The edges around the cells, (low, high]."""
    low = bins.points[cell.start - 1] if cell.start else None
    high = bins.points[cell.stop - 1] if cell.stop <= len(bins.points) else None
    if low is None and high is None:
        return "all"
    if low is None:
        return f"up to {high:.4g}"
    if high is None:
        return f"above {low:.4g}"
    return f"{low:.4g} to {high:.4g}"
