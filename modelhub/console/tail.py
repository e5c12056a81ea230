"""The picture of a version's calibration: how rare each score was in training, threshold marked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelhub.artifacts.calibration import Calibration
from modelhub.console.pictures import HEIGHT, Curve, Tick, curve
from modelhub.errors import ArtefactCorrupt

SOURCES = {
    "scores": "measured on {n:,} training scores that the package brought",
    "statistics": "drawn through the score statistics in the package's metadata",
    "assumed": "assumed around the threshold, because the package says nothing about its scores",
}


@dataclass(frozen=True, slots=True)
class Tail:
    """The curve, its horizontal lines, a summary sentence and a short table of (score, share)."""

    curve: Curve
    levels: tuple[Tick, ...]
    summary: str
    table: tuple[tuple[float, float], ...]


def tail_of(calibration: Mapping[str, Any], threshold: float) -> Tail | None:
    """The picture of a stored calibration; None when nothing usable is stored."""
    try:
        known = Calibration.from_json(calibration)
    except ArtefactCorrupt:
        return None
    decades = max(1, math.ceil(-math.log10(known.tails[-1])))
    heights = [1 + math.log10(tail) / decades for tail in known.tails]
    drawn = curve(list(zip(known.scores, heights, strict=True)), threshold)
    levels = tuple(Tick(HEIGHT * place / decades, _percent(10.0**-place)) for place in range(decades + 1))
    return Tail(drawn, levels, _summary(known, threshold), _table(known))


def _summary(known: Calibration, threshold: float) -> str:
    said = SOURCES.get(known.kind, known.kind).format(n=known.n)
    return (
        f"About {_percent(_tail_at(known, threshold))} of training records scored at or above the threshold "
        f"{threshold:.4g}. The curve is {said}."
    )


def _tail_at(known: Calibration, score: float) -> float:
    for place, knot in enumerate(known.scores):
        if knot >= score:
            return known.tails[place]
    return known.tails[-1]


def _table(known: Calibration) -> tuple[tuple[float, float], ...]:
    step = max(1, len(known.scores) // 12)
    return tuple(zip(known.scores[::step], known.tails[::step], strict=True))


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
