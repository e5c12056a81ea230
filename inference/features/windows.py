"""Counts over the minutes before each line, both ends included, in one pass per window.

Sums come from prefix sums. Distinct counts use that both ends of the windows only move forward: an
occurrence stands for its key in exactly those windows in which it is the last one of that key, and
these windows are a contiguous run, so one difference array and one cumulative sum count them all.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inference.features.contract import Matrix

Positions = npt.NDArray[np.int64]

WINDOW_MINUTES = (5, 15, 60)


class Occurrences(NamedTuple):
    """Which key occurs at which line: two int64 arrays of one length, any order, repeats allowed."""

    lines: Positions
    keys: Positions


def window_columns(
    times: Positions,
    connected: npt.NDArray[np.bool_],
    failed: npt.NDArray[np.bool_],
    *,
    macs: Occurrences,
    programs: Occurrences,
) -> Matrix:
    """Connections, distinct MAC tails, failures, distinct processes per window, shape (n, 12).

    ``times`` are microseconds in ascending order, shape (n,); the flags have the same shape;
    occurrences name lines by their position in ``times``. Columns run window by window.
    """
    after = np.searchsorted(times, times, side="right")
    columns = []
    for minutes in WINDOW_MINUTES:
        first = np.searchsorted(times, times - minutes * 60_000_000, side="left")
        columns += [
            sums(connected, first, after),
            distinct(macs, first, after),
            sums(failed, first, after),
            distinct(programs, first, after),
        ]
    return np.column_stack(columns).astype(np.float64)


def sums(flags: npt.NDArray[np.bool_], first: Positions, after: Positions) -> Positions:
    """Number of set flags in each half-open range ``first:after``, shape (n,)."""
    running = np.concatenate(([0], np.cumsum(flags, dtype=np.int64)))
    counted: Positions = running[after] - running[first]
    return counted


def distinct(occurrences: Occurrences, first: Positions, after: Positions) -> Positions:
    """Number of different keys in each range ``first:after``, shape (n,); both bounds never decrease."""
    n = len(first)
    order = np.lexsort((occurrences.lines, occurrences.keys))
    lines, keys = occurrences.lines[order], occurrences.keys[order]
    following = np.full(len(lines), n, dtype=np.int64)
    same_key = keys[1:] == keys[:-1]
    following[:-1][same_key] = lines[1:][same_key]
    entered = np.searchsorted(after, lines, side="right")
    replaced = np.searchsorted(after, following, side="right")
    left = np.searchsorted(first, lines, side="right")
    ended = np.maximum(np.minimum(replaced, left), entered)
    steps = np.bincount(entered, minlength=n + 1) - np.bincount(ended, minlength=n + 1)
    counted: Positions = np.cumsum(steps)[:n]
    return counted
