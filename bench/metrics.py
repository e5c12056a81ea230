"""``python -m bench.metrics``: what counting every request costs, on a real web server with one worker.

Two servers on one home, metrics on and off, are loaded in turn, so that a machine whose speed drifts treats
both alike. Besides requests a second, the server's own processor time per request is measured, which the
clients on the same machine cannot blur.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests import live
from tests.live import Hub, Load

TARGET = 0.9
CLIENTS = 8
MODES = {"on": "true", "off": "false"}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Laps:
    """What was measured of one mode and batch size, lap by lap."""

    requests_per_s: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


def main() -> None:
    """Measure, print the table, write bench/results/metrics.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="per mode, size and round")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100], help="rows in a request")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        hubs = {mode: live.hub(home / "home", METRICS=value) for mode, value in MODES.items()}
        hubs["on"].prepare()
        width = hubs["on"].features()
        for mode, hub in hubs.items():
            stack.enter_context(hub.serving(workers=1, log=home / f"{mode}.log"))
        laps = _measure(hubs, width, options.rows, rounds=options.rounds, seconds=options.seconds)
    _print(laps)
    results = Path(__file__).resolve().parent / "results" / "metrics.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(
        json.dumps({f"{rows} rows, {mode}": vars(found) for (rows, mode), found in laps.items()}, indent=2)
    )


def _measure(
    hubs: dict[str, Hub], width: int, sizes: list[int], *, rounds: int, seconds: float
) -> dict[tuple[int, str], Laps]:
    random = np.random.default_rng(0)
    bodies = {
        rows: json.dumps({"features": random.normal(5, 2, (rows, width)).round(3).tolist()}).encode()
        for rows in sizes
    }
    laps = {(rows, mode): Laps() for rows in sizes for mode in hubs}
    for number in range(-1, rounds):  # the first lap warms up and does not count
        for rows, body in bodies.items():
            for mode in hubs if number % 2 else reversed(hubs):
                rate, cpu_us = _lap(hubs[mode], body, seconds)
                if number >= 0:
                    laps[rows, mode].requests_per_s.append(rate)
                    laps[rows, mode].cpu_us.append(cpu_us)
    return laps


def _lap(hub: Hub, body: bytes, seconds: float) -> tuple[float, float]:
    (worker,) = hub.workers()
    load = Load(hub.port, body, 10**9)
    before_s, started = _cpu_s(worker), time.monotonic()
    clients = load.start(clients=CLIENTS)
    time.sleep(seconds)
    load.wanted = 0
    for client in clients:
        client.join()
    took_s, cpu_s = time.monotonic() - started, _cpu_s(worker) - before_s
    assert not load.refused, load.refused[:3]
    return load.answered / took_s, cpu_s / load.answered * 1e6


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _print(laps: dict[tuple[int, str], Laps]) -> None:
    print(f"One granian worker, {CLIENTS} clients, medians of interleaved laps\n")
    print("| rows in a request | requests/s off | on | on/off | server µs per request off | on | off/on |")
    print("|---|---|---|---|---|---|---|")
    for rows in sorted({rows for rows, _ in laps}):
        rate = {mode: statistics.median(laps[rows, mode].requests_per_s) for mode in MODES}
        cpu = {mode: statistics.median(laps[rows, mode].cpu_us) for mode in MODES}
        print(
            f"| {rows} | {rate['off']:,.0f} | {rate['on']:,.0f} | {rate['on'] / rate['off']:.3f} "
            f"| {cpu['off']:,.0f} | {cpu['on']:,.0f} | {cpu['off'] / cpu['on']:.3f} |"
        )
    print(f"\nTarget: {TARGET} of the requests without metrics")


if __name__ == "__main__":
    main()
