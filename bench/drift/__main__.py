"""``python -m bench.drift``: one process per engine, interleaved rounds, medians, ratios, agreement."""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.drift import peers, workload
from bench.drift.engines import ENGINES

_ROOT = Path(__file__).resolve().parent.parent.parent
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONPATH": str(_ROOT),
    "DO_NOT_TRACK": "1",
}
_OURS, _EXACT = "modelhub", "scipy-ks"
_TARGETS = {"evidently": 300.0, "scipy-ks": 20.0}
_KS_ERROR, _BYTES = 1e-3, 4_096


class Engine:
    """A running worker process, ready to be timed."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, "-m", "bench.drift.worker", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | _ENVIRONMENT,
        )  # fmt: skip
        self.ready = self._answer()

    def run(self) -> dict[str, Any]:
        """One timed check."""
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the worker."""
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def main() -> None:
    """Measure, print the table, write bench/results/drift.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--peers",
        type=Path,
        default=os.environ.get("BENCH_PEERS"),
        help="folder for Evidently's own environment, made on first use; without it Evidently is left out",
    )
    options = parser.parse_args()
    pythons = dict.fromkeys(ENGINES, sys.executable)
    if options.peers:
        pythons["evidently"] = str(peers.python_of(Path(options.peers).absolute()))
    started = [Engine(name, python) for name, python in pythons.items()]
    engines = [engine for engine in started if "absent" not in engine.ready]
    absent = sorted({engine.name for engine in started} - {engine.name for engine in engines})
    laps: dict[str, list[dict[str, Any]]] = {engine.name: [] for engine in engines}
    for _ in range(options.rounds):
        for engine in engines:
            laps[engine.name].append(engine.run())
    for engine in started:
        engine.close()
    results = {
        name: runs[-1] | {"seconds": statistics.median(run["seconds"] for run in runs)}
        for name, runs in laps.items()
    }
    for engine in engines:
        results[engine.name]["prepared_s"] = engine.ready["prepared_s"]
    _print_table(results, absent)
    path = _ROOT / "bench" / "results" / "drift.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"rounds": options.rounds, "engines": results, "absent": absent}, indent=2))


def _print_table(results: dict[str, dict[str, Any]], absent: list[str]) -> None:
    print(
        f"{workload.CURRENT:,} rows against {workload.REFERENCE:,}, {workload.COLUMNS} columns, one thread; "
        f"median of the rounds\n"
    )
    print("| engine | seconds | ours is so many times as fast | prepared in s | peak MB | columns found |")
    print("|---|---|---|---|---|---|")
    ours = results[_OURS]["seconds"]
    for name, found in results.items():
        print(
            f"| {name} | {found['seconds']:.3f} | {found['seconds'] / ours:,.0f} | "
            f"{found['prepared_s']:.2f} | {found['peak_mb']:,.0f} | {', '.join(found['drifted']) or 'none'} |"
        )
    for name in absent:
        print(f"| {name} | not installed | | | | |")
    print(f"\nMoved: {', '.join(workload.NAMES[place] for place in workload.MOVED)}")
    pairs = zip(results[_OURS]["ks"], results[_EXACT]["ks"], strict=True)
    error = max(abs(mine - exact) for mine, exact in pairs)
    stored = results[_OURS]["bytes_per_column"]
    print(f"Largest error of the KS statistic: {error:.1e} (target {_KS_ERROR:.0e})")
    print(f"Bytes stored for each column: {stored:,.0f} (target {_BYTES:,})")
    missed = [
        name
        for name, ratio in _TARGETS.items()
        if name in results and results[name]["seconds"] < ratio * ours
    ]
    missed += ["KS error"] * (error > _KS_ERROR) + ["bytes"] * (stored > _BYTES)
    print("Missed: " + (", ".join(missed) or "none"))


if __name__ == "__main__":
    main()
