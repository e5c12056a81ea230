"""Geometry of the small server-drawn pictures: numbers in, SVG coordinates out; pure functions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 180


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis, in picture units from the left or top."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line, the area under it, a marked place and the ticks below; empty ``line`` means nothing to draw."""

    line: str
    area: str
    mark: float
    mark_label: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked column: left edge, width, and (tone, top, height) of each part; ``title`` in words."""

    left: float
    width: float
    parts: tuple[tuple[str, float, float], ...]
    title: str


def curve(points: Sequence[tuple[float, float]], mark: float) -> Curve:
    """The line through ``points`` (x ascending, y in 0 to 1) and the place of ``mark`` on the x axis.

    >>> curve([(0.0, 1.0), (2.0, 0.0)], 1.0).mark
    320.0
    """
    usable = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    if len(usable) < 2:
        return Curve("", "", 0.0, "", ())
    low, high = min(usable[0][0], mark), max(usable[-1][0], mark)
    span = (high - low) or 1.0
    placed = [((x - low) / span * WIDTH, (1.0 - min(max(y, 0.0), 1.0)) * HEIGHT) for x, y in usable]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    area = f"{placed[0][0]:.1f},{HEIGHT} {line} {placed[-1][0]:.1f},{HEIGHT}"
    ticks = tuple(Tick(WIDTH * part / 4, f"{low + span * part / 4:.3g}") for part in range(5))
    return Curve(line, area, round((mark - low) / span * WIDTH, 1), f"{mark:.4g}", ticks)


def columns(counts: Sequence[Sequence[tuple[str, int]]], titles: Sequence[str]) -> tuple[Bar, ...]:
    """Stacked columns of equal width, the tallest as high as the picture; (tone, count) from the bottom up.

    >>> columns([[("low", 1)], [("low", 2)]], ["a", "b"])[0].parts
    (('low', 90.0, 90.0),)
    """
    tallest = max((sum(count for _, count in column) for column in counts), default=0)
    if tallest == 0:
        return ()
    step = WIDTH / len(counts)
    return tuple(
        Bar(round(place * step + step * 0.1, 2), round(step * 0.8, 2), _stack(column, tallest), title)
        for place, (column, title) in enumerate(zip(counts, titles, strict=True))
    )


def share(value: float, largest: float) -> float:
    """``value`` as a percentage of ``largest`` by size, 0 to 100; 0 where nothing can be compared."""
    if not largest or not math.isfinite(value) or not math.isfinite(largest):
        return 0.0
    return round(min(abs(value) / abs(largest), 1.0) * 100, 1)


def _stack(column: Sequence[tuple[str, int]], tallest: int) -> tuple[tuple[str, float, float], ...]:
    parts = []
    bottom = float(HEIGHT)
    for tone, count in column:
        height = count / tallest * HEIGHT
        bottom -= height
        if count:
            parts.append((tone, round(bottom, 2), round(height, 2)))
    return tuple(parts)
