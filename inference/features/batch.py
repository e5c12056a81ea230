"""What a line is beside its batch: how common its process is, and its level as a number."""

from collections import Counter
from collections.abc import Sequence
from math import nan

_LEVELS = {"DEBUG": 0.0, "INFO": 1.0, "WARNING": 2.0, "ERROR": 3.0, "CRITICAL": 4.0}
_UNKNOWN_LEVEL = 1.0


def process_ranks(programs: Sequence[str | None]) -> list[float]:
    """Dense rank of each line's process by its number of lines, 1 = rarest, NaN = no name."""
    counts = _counts(programs)
    rank = {count: float(place) for place, count in enumerate(sorted(set(counts.values())), start=1)}
    return [nan if name is None else rank[counts[name]] for name in programs]


def process_frequencies(programs: Sequence[str | None]) -> list[float]:
    """Share of each line's process among the lines that name one, NaN = no name."""
    counts = _counts(programs)
    named = counts.total()
    return [nan if name is None else counts[name] / named for name in programs]


def level_numbers(levels: Sequence[str | None]) -> list[float]:
    """0 DEBUG to 4 CRITICAL; exact capitals, everything else counts as INFO (1)."""
    return [_UNKNOWN_LEVEL if level is None else _LEVELS.get(level, _UNKNOWN_LEVEL) for level in levels]


def _counts(programs: Sequence[str | None]) -> Counter[str]:
    return Counter(name for name in programs if name is not None)
