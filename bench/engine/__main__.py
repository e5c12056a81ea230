"""``python -m bench.engine``: one process per engine, interleaved rounds, medians, ratios, agreement."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.engine import workload
from bench.engine.engines import ENGINES
from inference.runtimes.forest import engine_name

_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
_TARGETS = {1: 500.0, 32: 110.0, 1_000: 8.0, 100_000: 4.0}
_REFERENCE, _OURS = "scikit-learn", "modelhub"


class Engine:
    """A running worker process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.engine.worker", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | _ENVIRONMENT,
        )  # fmt: skip
        self.ready = self._answer()

    def ask(self, **request: object) -> dict[str, Any]:
        """The worker's answer to one request."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
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
    """Measure, print the table, write bench/results/engine.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="per engine, size and round")
    options = parser.parse_args()
    engines = [Engine(name) for name in ENGINES]
    absent = {engine.name: "not installed" for engine in engines if "absent" in engine.ready}
    present = [engine for engine in engines if engine.name not in absent]
    medians = _measure(present, rounds=options.rounds, seconds=options.seconds)
    agreement = _agreement(present)
    for engine in engines:
        engine.close()
    made = {engine.name: engine.ready["made_s"] for engine in present}
    _print_table(medians, absent, made, agreement)
    print(f"modelhub ran forests in: {engine_name()}")
    results = {
        "engine": engine_name(),
        "us_per_call": medians,
        "made_s": made,
        "absent": absent,
        "agreement": agreement,
    }
    path = Path(__file__).resolve().parent.parent / "results" / "engine.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2))


def _measure(engines: list[Engine], *, rounds: int, seconds: float) -> dict[str, dict[int, float]]:
    laps: dict[str, dict[int, list[float]]] = {engine.name: {} for engine in engines}
    for _ in range(rounds):
        for size in workload.SIZES:
            for engine in engines:
                us = engine.ask(size=size, seconds=seconds)["us"]
                laps[engine.name].setdefault(size, []).append(us)
    return {
        name: {size: float(np.median(values)) for size, values in sizes.items()}
        for name, sizes in laps.items()
    }


def _agreement(engines: list[Engine]) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        scores, answer = {}, {}
        for engine in engines:
            file = str(Path(folder) / f"{engine.name}.npy")
            answer = engine.ask(scores=file)
            scores[engine.name] = np.load(file)
    ends = np.cumsum(list(answer["sizes"].values()))[:-1]
    result: dict[str, dict[str, Any]] = {}
    for name in scores:
        if name == _REFERENCE:
            continue
        pairs = zip(np.split(scores[name], ends), np.split(scores[_REFERENCE], ends), strict=True)
        result[name] = {
            rows: {
                "rows": len(mine),
                "largest_difference": float(np.abs(mine - theirs).max()),
                "differing_labels": int(((mine > -answer["offset"]) != (theirs > -answer["offset"])).sum()),
            }
            for rows, (mine, theirs) in zip(answer["sizes"], pairs, strict=True)
        }
    return result


def _print_table(
    medians: dict[str, dict[int, float]],
    absent: dict[str, str],
    made: dict[str, float],
    agreement: dict[str, dict[str, Any]],
) -> None:
    print(f"{workload.TREES} trees, {workload.FEATURES} features, one thread; µs per call (x scikit-learn)\n")
    print("| engine | " + " | ".join(f"{size:,} rows" for size in workload.SIZES) + " | made in s |")
    print("|---" * (len(workload.SIZES) + 2) + "|")
    for name in ENGINES:
        if name in absent:
            print(f"| {name} | {absent[name]} " + "| " * len(workload.SIZES) + "|")
            continue
        cells = [f"{us:,.1f} ({medians[_REFERENCE][size] / us:,.2f}x)" for size, us in medians[name].items()]
        print(f"| {name} | " + " | ".join(cells) + f" | {made[name]:.2f} |")
    print("\nTargets: " + ", ".join(f"{size:,}: {ratio}x" for size, ratio in _TARGETS.items()))
    missed = [s for s, ratio in _TARGETS.items() if medians[_REFERENCE][s] / medians[_OURS][s] < ratio]
    print("Missed: " + (", ".join(f"{size:,} rows" for size in missed) or "none"))
    for name, sets in agreement.items():
        for rows, found in sets.items():
            print(
                f"{name}, {found['rows']:,} {rows} rows: "
                f"largest difference {found['largest_difference']:.1e}, "
                f"{found['differing_labels']} differing labels"
            )


if __name__ == "__main__":
    main()
