"""``python -m bench.load``: requests/s and records/s of ``analyze`` with 1, 100 and 1,000 records."""

import argparse
import contextlib
import json
import sqlite3
import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench.http import hub, wrk
from bench.http.processes import ask
from bench.load import records, table
from bench.machine import described, say
from tests.services import free_port

_RESULTS = Path(__file__).resolve().parent.parent / "results" / "load.json"
_BATCHES = ("--batch-records", str(records.BATCH))
_PATH = "/api/v1/models/analyze"


def main() -> None:
    """Measure, print the table, write bench/results/load.json."""
    options = _options()
    wrk.check_present()
    found = records.at_hand()
    with tempfile.TemporaryDirectory(prefix="bench-load-") as name:
        measured, facts = _measure(Path(name), found, options)
    results = {"measured": facts | {"source": found.source}, "machine": described(), "loads": measured}
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    print("\n".join(table.lines(results)))


def _measure(
    folder: Path, found: records.Records, options: argparse.Namespace
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    training, package, port = folder / "training.jsonl", folder / "package", free_port()
    found.write_training(training)
    made = hub.prepared(folder / "home", port=port, workers=options.workers)
    made.manage("trainmodel", str(training), "--out", str(package), *_BATCHES)
    made.deploy(package)
    loads = [(size, connections) for size in options.records for connections in options.connections]
    laps: dict[tuple[int, int], list[wrk.Lap]] = {load: [] for load in loads}
    with hub.serving(made, folder=folder / "server", name="modelhub") as server:
        targets = {
            size: wrk.target(folder / f"records-{size}", port, _PATH, made.headers, found.bodies(size))
            for size in options.records
        }
        anomalous = _anomalous(port, made.headers, found.bodies(1000))
        for number in range(options.rounds + 1):
            say(f"round {number} of {options.rounds}" if number else "warming up")
            for size, connections in loads:
                _forget_anomalies(folder / "home" / "modelhub.sqlite3")
                seconds = options.seconds if number else 1
                lap = wrk.lap(targets[size], connections=connections, seconds=seconds)
                if number:
                    laps[size, connections].append(lap)
        memory = server.memory()
    facts = {
        "rounds": options.rounds, "seconds": options.seconds, "workers": options.workers,
        "anomalous": anomalous, "pss_mb": memory.pss_mb,
    }  # fmt: skip
    return [_load(size, connections, taken) for (size, connections), taken in laps.items()], facts


def _load(size: int, connections: int, laps: list[wrk.Lap]) -> dict[str, Any]:
    rate = statistics.median(lap.requests_per_s for lap in laps)
    return {
        "records": size,
        "connections": connections,
        "requests_per_s": rate,
        "records_per_s": rate * size,
        "p50_ms": statistics.median(lap.p50_ms for lap in laps),
        "p99_ms": statistics.median(lap.p99_ms for lap in laps),
        "errors": sum(lap.errors for lap in laps),
    }


def _anomalous(port: int, headers: dict[str, str], bodies: list[bytes]) -> float:
    """Share of records that are anomalies, and so are stored, in a few of the bodies."""
    answers = [json.loads(ask(f"http://127.0.0.1:{port}{_PATH}", body, headers)) for body in bodies[:20]]
    return statistics.fmean(answer["summary"]["anomaly_rate"] for answer in answers)


def _forget_anomalies(database: Path) -> None:
    """In real life anomalies are new and have to be stored; those of the lap before would be known."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.execute("DELETE FROM monitoring_anomaly")
        connection.commit()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="per load and round")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--records", type=int, nargs="+", default=[1, 100, 1000], help="in a request")
    parser.add_argument("--out", type=Path, default=_RESULTS, help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
