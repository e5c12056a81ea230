"""What this hub promises against its peers, as ratios of medians of one run, and whether it was met."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.http.peers import OURS

FRAMEWORKS = ("MLServer", "BentoML", "MLflow")
CONFIGURATIONS = ("default", "best")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise: what, the ratio that was promised and the one that was found (both: larger is better)."""

    claim: str
    promised: float
    found: float

    @property
    def met(self) -> bool:
        """True when the promise was kept."""
        return self.found >= self.promised


@dataclass(frozen=True, slots=True)
class Cell:
    """Medians of one server at one load; ``errors`` is the sum over all rounds."""

    requests_per_s: float
    rows_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int


Cells = Mapping[str, Mapping[str, Cell]]  # by server, then by load


def load_name(connections: int, rows: int) -> str:
    """The key of one load."""
    return f"c={connections}, {rows} row{'s' if rows > 1 else ''}"


def verdicts(cells: Cells, memory: Mapping[str, float]) -> Iterator[Verdict]:
    """Every promise whose servers and loads were measured; ``memory`` is PSS in MiB by server."""
    for connections, rows, promised, names in _SPEEDS:
        load = load_name(connections, rows)
        for name in names:
            best = _best(cells, name, load)
            if best and load in cells[OURS]:
                claim = f"{load}: requests/s against {name} {best[1]}"
                yield Verdict(claim, promised, cells[OURS][load].requests_per_s / best[0])
    yield from _tail(cells)
    for key, held in memory.items():
        if key.endswith(" best"):
            yield Verdict(
                f"memory of two workers against {key} (PSS, theirs / ours)", 2.0, held / memory[OURS]
            )


def _tail(cells: Cells) -> Iterator[Verdict]:
    load = load_name(8, 1)
    theirs = {
        key: loads[load].p99_ms
        for key, loads in cells.items()
        if load in loads and key.rpartition(" ")[0] in FRAMEWORKS
    }
    if theirs and load in cells[OURS]:
        key = min(theirs, key=theirs.__getitem__)
        yield Verdict(f"{load}: p99 of {key} / ours", 3.0, theirs[key] / cells[OURS][load].p99_ms)
    errors = sum(cell.errors for cell in cells[OURS].values())
    yield Verdict(f"{errors} errors of ours in all rounds (1 = none)", 1.0, float(errors == 0))


def _best(cells: Cells, name: str, load: str) -> tuple[float, str] | None:
    """Requests/s and configuration of the better one."""
    found = [
        (cells[f"{name} {kind}"][load].requests_per_s, kind)
        for kind in CONFIGURATIONS
        if load in cells.get(f"{name} {kind}", {})
    ]
    return max(found, default=None)


_SPEEDS = (
    (1, 1, 20.0, FRAMEWORKS),
    (8, 1, 12.0, ("MLServer",)),
    (8, 1, 20.0, ("BentoML",)),
    (8, 1, 40.0, ("MLflow",)),
    (32, 1, 6.0, ("MLServer",)),
    *((connections, 100, 5.0, ("MLServer",)) for connections in (1, 8, 32)),
    *((connections, 100, 10.0, ("BentoML", "MLflow")) for connections in (1, 8, 32)),
    *((connections, 1, 1.0, ("FastAPI + our engine",)) for connections in (1, 8, 32)),
    *((connections, 100, 4.0, ("FastAPI + our engine",)) for connections in (1, 8, 32)),
)
