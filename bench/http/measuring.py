"""The laps of one run: every load, every server, round after round; medians over the rounds."""

import statistics
from collections.abc import Callable, Sequence

from bench.http.contestants import Contestant
from bench.http.targets import Cell, load_name
from bench.http.wrk import Lap

Laps = dict[str, dict[str, list[Lap]]]


def measure(
    contestants: Sequence[Contestant],
    loads: Sequence[tuple[int, int]],
    *,
    rounds: int,
    seconds: int,
    say: Callable[[str], None],
) -> Laps:
    """Laps by server and load, ``rounds`` of each, after one that warms up and does not count.

    Servers take turns within a load, in the opposite order every other round, so that a machine whose
    speed drifts treats all alike.
    """
    laps: Laps = {one.key: {} for one in contestants}
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}" if number else "warming up")
        order = contestants if number % 2 else contestants[::-1]
        most = max(connections for connections, _ in loads)
        for connections, rows in loads:
            if not number and connections < most:
                continue
            for one in order:
                took = one.lap(rows=rows, connections=connections, seconds=seconds if number else 1)
                if number:
                    laps[one.key].setdefault(load_name(connections, rows), []).append(took)
    return laps


def medians(laps: Laps, loads: Sequence[tuple[int, int]]) -> dict[str, dict[str, Cell]]:
    """One cell for each server and load."""
    sizes = {load_name(connections, rows): rows for connections, rows in loads}
    return {
        key: {load: _cell(found, sizes[load]) for load, found in by_load.items()}
        for key, by_load in laps.items()
    }


def others(laps: Laps) -> float:
    """The median share of the machine that strangers took during laps: above 0.05 it was not quiet."""
    every = (found for loads in laps.values() for found in loads.values())
    return statistics.median(lap.others for found in every for lap in found)


def _cell(laps: list[Lap], rows: int) -> Cell:
    rate = statistics.median(lap.requests_per_s for lap in laps)
    return Cell(
        rate,
        rate * rows,
        statistics.median(lap.p50_ms for lap in laps),
        statistics.median(lap.p99_ms for lap in laps),
        sum(lap.errors for lap in laps),
    )
