"""``python -m bench.http --environments FOLDER``: feature rows over HTTP, ours and its peers interleaved."""

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.http import table, wrk
from bench.http.contestants import started
from bench.http.measuring import measure, medians, others
from bench.http.peers import PEERS
from bench.http.workload import fitted
from bench.machine import described, say
from inference.runtimes.forest import engine_name

_RESULTS = Path(__file__).resolve().parent.parent / "results" / "http.json"


def main() -> None:
    """Measure, print the tables, write bench/results/http.json."""
    options = _options()
    wrk.check_present()
    peers = [peer for peer in PEERS if any(wish.lower() in peer.key.lower() for wish in options.peers)]
    loads = [(connections, rows) for rows in options.rows for connections in options.connections]
    with tempfile.TemporaryDirectory(prefix="bench-http-") as name:
        folder = Path(name)
        model = fitted(folder / "model", options.rows)
        where = options.environments.absolute()
        with started(model, options.rows, peers=peers, where=where, folder=folder) as contestants:
            laps = measure(contestants, loads, rounds=options.rounds, seconds=options.seconds, say=say)
            memory = {one.key: asdict(one.memory()) | {"idle_cpu": one.idle_cpu} for one in contestants}
    cells = {
        key: {load: asdict(cell) for load, cell in found.items()}
        for key, found in medians(laps, loads).items()
    }
    measured = {"rounds": options.rounds, "seconds": options.seconds, "engine": engine_name()}
    measured |= {"others": others(laps)}
    results = {"measured": measured, "machine": described(), "cells": cells, "memory": memory}
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    print("\n".join(table.lines(results)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--environments", type=Path, required=True, help="folder of the peers' environments, made when needed"
    )
    parser.add_argument(
        "--peers", nargs="*", default=[""], help="only peers whose name contains one of these"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="per server, load and round")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100], help="rows in a request")
    parser.add_argument("--out", type=Path, default=_RESULTS, help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
