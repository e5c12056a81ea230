"""Inference times then and now, robust against stragglers: reported, never a reason to speak of drift.

How long scoring takes says something of the machine and its load, nothing of the data.
"""

from collections.abc import Sequence

import numpy as np

from monitoring.drift.bins import Array
from monitoring.drift.result import Shift

Cells = Sequence[tuple[float, float, int]]  # lower edge, upper edge in seconds, count; ascending


def shift(reference: Cells, current: Cells) -> Shift | None:
    """Medians and the probability that a request of now takes longer than one of then; None without both.

    That probability (Mann and Whitney's U by nm) counts a tie within a cell of the histograms as half.
    """
    before, after = _by_cell(reference), _by_cell(current)
    n, m = sum(before.values()), sum(after.values())
    if not n or not m:
        return None
    cells = sorted(before.keys() | after.keys())
    then = np.array([before.get(cell, 0) for cell in cells]) / n
    now = np.array([after.get(cell, 0) for cell in cells]) / m
    shorter = np.cumsum(then) - then / 2
    first, second = _median(cells, then), _median(cells, now)
    change = second / first - 1 if first > 0 else 0.0
    return Shift(first, second, change, float((now * shorter).sum()))


def _by_cell(cells: Cells) -> dict[tuple[float, float], int]:
    return {(low, high): count for low, high, count in cells if count > 0}


def _median(cells: Sequence[tuple[float, float]], shares: Array) -> float:
    place = int(np.searchsorted(np.cumsum(shares), 0.5 - 1e-12))
    low, high = cells[min(place, len(cells) - 1)]
    return (low + high) / 2
