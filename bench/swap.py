"""``python -m bench.swap``: what clients notice while versions are swapped under them on two web workers.

Eight clients score all the time, predict and analyze in turn, each with a short pause after an answer: so
latency is measured, not how long the queue of a full machine is. One stretch without any change is the
yardstick of the stretch with twenty deployments and rollbacks; then fifty more show whether memory stays.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from bench import machine
from bench.machine import say
from tests import live, swapdriving
from tests.live import Hub
from tests.swapdriving import LABELS, Answers, Change
from tests.swapping import Exchange

WORKERS, CLIENTS, PAUSE_S = 2, 8, 0.02
CONVERGED_S, SLOWER, GROWTH = 2.0, 2.0, 0.05
RESULTS = Path(__file__).resolve().parent / "results" / "swap.json"


def main() -> None:
    """Measure, print the table, write bench/results/swap.json; exit code 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all changes together")
    parser.add_argument(
        "--idle", type=float, default=20.0, help="seconds without a change, half on each side"
    )
    parser.add_argument("--memory", type=int, default=50, help="changes between two looks at the memory")
    parser.add_argument("--warm-up", type=int, default=30, help="changes before the first look")
    parser.add_argument("--database", default="", help="URL of a PostgreSQL server; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        variables = {"THROTTLE_OPERATE": "0", "THROTTLE_READ": "0"}
        if options.database:
            variables["DATABASE_URL"] = stack.enter_context(live.own_database(options.database))
        hub = live.hub(Path(folder) / "home", **variables)
        swapdriving.prepare(hub)
        with hub.serving(workers=WORKERS, log=Path(folder) / "web.log"):
            found = _measured(hub, options)
    rows = _rows(found)
    _print(rows)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine.described(), **found}, indent=2))
    raise SystemExit(not all(held for *_, held in rows))


def _measured(hub: Hub, options: argparse.Namespace) -> dict[str, float]:
    calls = swapdriving.calls(hub.features())
    judge = swapdriving.judge_of(hub.port, calls)
    with swapdriving.asking(hub.port, calls, judge, count=CLIENTS, pause_s=PAUSE_S) as answers:
        say("warming up")
        _changes(hub, options.warm_up)
        before = _memory(hub)
        say(f"{options.memory} changes, one after the other")
        _changes(hub, options.memory)
        after = _memory(hub)
        say("idle")
        spans = [_span(options.idle / 2)]
        say(f"{options.changes} changes in {options.seconds:.0f} seconds")
        began_s = time.monotonic()
        changes = _changes(hub, options.changes, every_s=options.seconds / options.changes)
        swapping = (began_s, time.monotonic())
        spans.append(_span(options.idle / 2))
    return _figures(answers, changes, spans, swapping) | {
        "memory_before_bytes": before,
        "memory_after_bytes": after,
    }


def _changes(hub: Hub, count: int, *, every_s: float = 0.0) -> list[Change]:
    """That many changes between the two versions, one every so often or as soon as all have followed."""
    made = []
    for number in range(count):
        due_s = time.monotonic() + every_s
        now = swapdriving.serving(hub.port)["current"]
        other = LABELS[1 - LABELS.index(now)]
        verb = "rollback" if number % 2 else "deploy"
        made.append(swapdriving.change(hub.port, other, workers=WORKERS, verb=verb))
        time.sleep(max(due_s - time.monotonic(), 0.0))
    return made


def _span(seconds: float) -> tuple[float, float]:
    began_s = time.monotonic()
    time.sleep(seconds)
    return began_s, time.monotonic()


def _memory(hub: Hub) -> int:
    """Bytes that the workers hold, shared pages in equal parts (PSS)."""
    found = 0
    for pid in hub.workers():
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        found += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return found


def _figures(
    answers: Answers,
    changes: Sequence[Change],
    idle_spans: Sequence[tuple[float, float]],
    swapping: tuple[float, float],
) -> dict[str, float]:
    idle = [exchange for span in idle_spans for exchange in answers.between(*span)]
    busy = answers.between(*swapping)
    converged = [math.inf if one.converged_s is None else one.converged_s for one in changes]
    return {
        "requests": len(answers.exchanges),
        "requests_swapping": len(busy),
        "failed": answers.failed,
        "mixed": len(answers.mixed),
        "changes": len(changes),
        "deploy_s_median": float(np.median([one.took_s for one in changes])),
        "converged_s_median": float(np.median(converged)),
        "converged_s_p99": float(np.quantile(converged, 0.99, method="higher")),
        "last_old_answer_s": max(swapdriving.last_old(busy, one) for one in changes),
    } | {
        f"{name}_ms_{which}": milliseconds
        for name, exchanges in (("idle", idle), ("swapping", busy))
        for which, milliseconds in _latency(exchanges).items()
    }


def _latency(exchanges: Sequence[Exchange]) -> dict[str, float]:
    """Milliseconds from request to answer: p50 and p99 of both calls together, p99 of each."""
    took = {
        name: [1000 * (e.came_s - e.sent_s) for e in exchanges if name in ("all", e.call)]
        for name in ("all", "predict", "analyze")
    }
    return {"p50": float(np.quantile(took["all"], 0.5))} | {
        "p99" if name == "all" else f"{name}_p99": float(np.quantile(values, 0.99))
        for name, values in took.items()
    }


def _rows(found: dict[str, float]) -> list[tuple[str, str, str, bool]]:
    """(what, measured, target, held)."""
    ratio = found["swapping_ms_p99"] / found["idle_ms_p99"]
    growth = found["memory_after_bytes"] / found["memory_before_bytes"] - 1
    slowest = found["converged_s_p99"]
    return [
        ("failed requests", f"{found['failed']} of {found['requests']:,}", "0", found["failed"] == 0),
        ("answers that mix versions", f"{found['mixed']}", "0", found["mixed"] == 0),
        ("convergence, p99", f"{slowest:.2f} s", f"{CONVERGED_S} s", slowest <= CONVERGED_S),
        ("latency, p99 swapping / idle", f"{ratio:.2f}", f"{SLOWER}", ratio <= SLOWER),
        ("memory growth over the changes", f"{growth:+.1%}", f"{GROWTH:.0%}", growth < GROWTH),
    ]


def _print(rows: Sequence[tuple[str, str, str, bool]]) -> None:
    print(f"{WORKERS} granian workers, {CLIENTS} clients\n")
    print("| | measured | at most | |")
    print("|---|---|---|---|")
    for what, measured, target, held in rows:
        print(f"| {what} | {measured} | {target} | {'' if held else 'missed'} |")


if __name__ == "__main__":
    main()
