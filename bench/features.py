"""``python -m bench.features``: feature extraction by batch size, one core, medians of interleaved runs.

Prints a table and writes ``bench/results/features.json``. Records come from the seeded generator, so
two machines measure the same work. Interleaving the sizes spreads a noisy neighbour over all of them.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from inference.features import catalog
from inference.features.clock import clock_rows
from inference.features.lines import line_facts
from inference.generator import Plan, generate
from inference.intake.export import faithful
from inference.records import LogRecord

SIZES = (1, 100, 10_000, 100_000)
RESULTS = Path(__file__).parent / "results" / "features.json"
_CALLS_AT_LEAST_S = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """Median cost of one call on ``records`` records."""

    what: str
    records: int
    seconds: float
    us_per_record: float
    records_per_s: float


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="Interleaved rounds (default 7).")
    rounds = parser.parse_args().rounds
    results = measure(make_records(max(SIZES)), rounds)
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "rounds": rounds,
        "results": [asdict(result) for result in results],
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    print(as_table(results))


def make_records(count: int) -> list[LogRecord]:
    """Generated records with incidents, in time order."""
    return [faithful(dict(line)) for line in generate(Plan(lines=count, seed=1, incidents=6))]


def measure(records: Sequence[LogRecord], rounds: int) -> list[Measured]:
    """Every case once per round; the median over the rounds."""
    extract = catalog.get("training-service-v1").extract
    cases: list[tuple[str, int, Callable[[], object]]] = [
        ("per-line columns", 1, _cycled(per_line_columns, records[:1000]))
    ]
    for size in SIZES:
        batch = records[:size]
        cases.append(("all 32 columns", size, partial(extract, batch)))
    times: list[list[float]] = [[] for _ in cases]
    for _ in range(rounds):
        for place, (_, _, call) in enumerate(cases):
            times[place].append(_seconds(call))
    return [
        _measured(what, size, statistics.median(times[place])) for place, (what, size, _) in enumerate(cases)
    ]


def per_line_columns(record: LogRecord) -> object:
    """What one record alone costs: the clock and text columns, without any batch."""
    return clock_rows([record.timestamp]), line_facts(record.message)


def as_table(results: Sequence[Measured]) -> str:
    """The results for people, as Markdown."""
    lines = ["| what | records | seconds | µs per record | records/s |", "|---|---|---|---|---|"]
    lines += [
        f"| {result.what} | {result.records:,} | {result.seconds:.6f} | {result.us_per_record:.2f} "
        f"| {result.records_per_s:,.0f} |"
        for result in results
    ]
    return "\n".join(["Feature extraction, one core, medians of interleaved runs", "", *lines])


def _cycled(call: Callable[[LogRecord], object], records: Sequence[LogRecord]) -> Callable[[], object]:
    """A call that takes another record each time, so that no branch is learnt by heart."""
    place = 0

    def one() -> object:
        nonlocal place
        place = (place + 1) % len(records)
        return call(records[place])

    return one


def _seconds(call: Callable[[], object]) -> float:
    """Seconds per call; short calls are repeated until the clock can see them."""
    started = time.perf_counter()
    repeats, elapsed = 0, 0.0
    while elapsed < _CALLS_AT_LEAST_S:
        call()
        repeats += 1
        elapsed = time.perf_counter() - started
    return elapsed / repeats


def _measured(what: str, size: int, seconds: float) -> Measured:
    return Measured(what, size, seconds, seconds / size * 1e6, size / seconds)


if __name__ == "__main__":
    main()
