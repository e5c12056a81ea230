"""The window columns of a small batch in plain Python: two pointers, no array set-up to pay for.

Equal to :mod:`inference.features.windows` in every value; faster below about a hundred lines.
"""

from collections.abc import Sequence

from inference.features.lines import LineFacts
from inference.features.windows import WINDOW_MINUTES


def stepped_columns(
    times: Sequence[int], facts: Sequence[LineFacts], programs: Sequence[str | None]
) -> list[tuple[int, ...]]:
    """One row of twelve counts per line; ``times`` are microseconds in ascending order."""
    windows = [_window(times, facts, programs, minutes * 60_000_000) for minutes in WINDOW_MINUTES]
    return [a + b + c for a, b, c in zip(*windows, strict=True)]


def _window(
    times: Sequence[int], facts: Sequence[LineFacts], programs: Sequence[str | None], width: int
) -> list[tuple[int, int, int, int]]:
    rows = []
    first = after = connections = failures = 0
    macs: dict[str, int] = {}
    named: dict[str, int] = {}
    for time in times:
        while after < len(times) and times[after] <= time:
            connections += facts[after].is_connected
            failures += facts[after].is_failure
            _enter(macs, facts[after].mac_tails)
            _enter(named, _named(programs[after]))
            after += 1
        while times[first] < time - width:
            connections -= facts[first].is_connected
            failures -= facts[first].is_failure
            _leave(macs, facts[first].mac_tails)
            _leave(named, _named(programs[first]))
            first += 1
        rows.append((connections, len(macs), failures, len(named)))
    return rows


def _enter(counts: dict[str, int], keys: tuple[str, ...]) -> None:
    for key in keys:
        counts[key] = counts.get(key, 0) + 1


def _leave(counts: dict[str, int], keys: tuple[str, ...]) -> None:
    for key in keys:
        if counts[key] == 1:
            del counts[key]
        else:
            counts[key] -= 1


def _named(program: str | None) -> tuple[str, ...]:
    return () if program is None else (program,)
