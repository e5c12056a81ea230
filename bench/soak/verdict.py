"""What the samples of a soak say: slopes with their noise, and which promise is kept. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import theilslopes

Points = Sequence[tuple[float, float]]  # (seconds, value)
SLOPE_MB_PER_H, DRIFT, SPARE = 2.0, 0.10, 2
# Python takes memory from the system by arenas of one MiB: one more of them is no trend, two would be.
BOUND_MB = 1.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise: what was measured, as a sentence, and whether it is kept."""

    about: str
    said: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """Theil-Sen slope per hour with its 95 % interval, from the median of each block of the samples."""

    per_h: float
    low: float
    high: float


def trend(points: Points, *, block_s: float) -> Trend:
    """The trend of at least three blocks; fewer say nothing (not-a-number)."""
    # Neighbouring samples resemble each other; medians of blocks do so much less, so the interval is honest.
    blocks: dict[int, list[tuple[float, float]]] = {}
    for at_s, value in points:
        blocks.setdefault(int(at_s // block_s), []).append((at_s, value))
    if len(blocks) < 3:
        return Trend(np.nan, np.nan, np.nan)
    hours = [statistics.fmean(at for at, _ in block) / 3600 for block in blocks.values()]
    values = [statistics.median(value for _, value in block) for block in blocks.values()]
    slope, _, low, high = theilslopes(values, hours, alpha=0.95)
    return Trend(float(slope), float(low), float(high))


def memory(about: str, points: Points, *, block_s: float) -> Finding:
    """Kept with a slope below 2 MB/h, or where the last third is at most 1.5 MB above the one before it."""
    found, (_, middle, last) = trend(points, block_s=block_s), _thirds(points)
    growth = max(last) - max(middle)
    kept = found.per_h < SLOPE_MB_PER_H or growth <= BOUND_MB
    said = (
        f"{statistics.median(value for _, value in points):.0f} MB, slope {found.per_h:+.1f} MB/h "
        f"(95 %: {found.low:+.1f} to {found.high:+.1f}), last third {growth:+.1f} MB"
    )
    return Finding(about, said, kept)


def constant(about: str, points: Points) -> Finding:
    """Kept where the last third never needs more than the first did, but for two that come and go."""
    first, _, last = _thirds(points)
    said = f"{min(first):.0f} to {max(first):.0f} at first, {min(last):.0f} to {max(last):.0f} at last"
    return Finding(about, said, max(last) <= max(first) + SPARE)


def within(about: str, points: Points, most: int) -> Finding:
    """Kept where there never were more than ``most``."""
    found = [value for _, value in points]
    return Finding(about, f"{min(found):.0f} to {max(found):.0f} of {most} at most", max(found) <= most)


def latency(about: str, took: Points, *, window_s: float) -> Finding:
    """Kept where the p99 of the windows grows by less than 10 % over the run, or no growth can be told."""
    windows: dict[int, list[float]] = {}
    for at_s, seconds in took:
        windows.setdefault(int(at_s // window_s), []).append(seconds)
    if len(windows) < 3:
        return Finding(about, f"answers in {len(windows)} windows only", False)
    tails = [(index * window_s, float(np.quantile(found, 0.99))) for index, found in windows.items()]
    found, usual = trend(tails, block_s=window_s), statistics.median(tail for _, tail in tails)
    hours = (tails[-1][0] - tails[0][0]) / 3600
    drift, low, high = (value * hours / usual for value in (found.per_h, found.low, found.high))
    said = (
        f"p99 {usual * 1000:.1f} ms (median of {len(tails)} windows of {window_s:.0f} s), "
        f"drift {drift:+.1%} (95 %: {low:+.1%} to {high:+.1%})"
    )
    return Finding(about, said, not (drift >= DRIFT and low > 0))


def equal(about: str, found: int, least: int, most: int | Literal[None] = None) -> Finding:
    """Kept where ``found`` lies between the two numbers."""
    top = least if most is None else most
    wanted = f"{least:,}" if top == least else f"{least:,} to {top:,}"
    return Finding(about, f"{found:,} of {wanted}", least <= found <= top)


def _thirds(points: Points) -> tuple[list[float], list[float], list[float]]:
    values = [value for _, value in points]
    third = max(len(values) // 3, 1)
    return values[:third], values[third:-third] or values, values[-third:]
