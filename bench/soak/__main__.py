"""``python -m bench.soak --minutes 30``: the hub as ``script/up`` runs it, under mixed load, watched.

Two web workers, a worker and a scheduler serve predictions, log lines with anomalies, reads, refused
packages, drift checks, tokens that come and go, and a deploy or rollback every minute. Every five seconds
each process's memory, open files and threads are read. Ends with 1 where a promise is not kept.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bench.soak.judging import judged
from bench.soak.running import Run, soak
from bench.soak.verdict import Finding


def main() -> None:
    """Run, print the table, write bench/results/soak.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--warm-up", type=float, help="minutes that count for no trend (a sixth)")
    parser.add_argument("--swap-seconds", type=float, default=60.0, help="between a deploy and its rollback")
    parser.add_argument("--pace", type=float, default=1.0, help="times the usual load of scoring and reads")
    options = parser.parse_args()
    warm_s = 60 * (options.minutes / 6 if options.warm_up is None else options.warm_up)
    with tempfile.TemporaryDirectory(prefix="modelhub-soak-") as folder:
        seconds = 60 * options.minutes
        run = soak(Path(folder), seconds=seconds, swap_s=options.swap_seconds, pace=options.pace)
    findings = judged(run, warm_s=warm_s, block_s=max(2 * options.minutes, 10.0))
    _print(run, findings)
    results = Path(__file__).resolve().parent.parent / "results" / "soak.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(_plain(run, findings, options.minutes), indent=1))
    sys.exit(not all(finding.kept for finding in findings))


def _print(run: Run, findings: list[Finding]) -> None:
    print(f"{'calls':20}{'right':>9}{'wrong':>7}{'p50 ms':>9}{'p99 ms':>9}{'most ms':>9}")
    for name, row in _answers(run).items():
        print(f"{name:20}{row['right']:9,}{row['wrong']:7,}" + "".join(f"{row[q]:9.1f}" for q in _MS))
    for book in run.books.values():
        for said, times in book.wrong.most_common(5):
            print(f"  {times} x {said}")
    print()
    for finding in findings:
        print(f"{'kept' if finding.kept else 'MISSED':8}{finding.about:34}{finding.said}")
    print()
    for name, value in run.after.items():
        print(f"{name:20}{value - run.before[name]:+12,}")
    (_, files, size), (_, files_last, size_last) = run.sizes[0], run.sizes[-1]
    print(f"files in the home   {files:,} to {files_last:,}")
    print(f"database            {size / 1e6:.1f} to {size_last / 1e6:.1f} MB")


_MS = {"p50_ms": 0.5, "p99_ms": 0.99, "most_ms": 1.0}


def _answers(run: Run) -> dict[str, dict[str, float]]:
    """Right and wrong answers of each kind, and how long the right ones took."""
    rows = {}
    for name, book in run.books.items():
        took = [seconds * 1000 for _, seconds in book.took] or [0.0]
        quantiles = {label: float(np.quantile(took, share)) for label, share in _MS.items()}
        rows[name] = {"right": len(book.took), "wrong": sum(book.wrong.values())} | quantiles
    return rows


def _by_minute(took: list[tuple[float, float]]) -> list[tuple[int, int, float, float]]:
    """(minute, answers, p50 ms, p99 ms) of right answers."""
    minutes: dict[int, list[float]] = {}
    for at_s, seconds in took:
        minutes.setdefault(int(at_s // 60), []).append(seconds * 1000)
    return [
        (minute, len(found), *(float(one) for one in np.quantile(found, [0.5, 0.99])))
        for minute, found in sorted(minutes.items())
    ]


def _plain(run: Run, findings: list[Finding], minutes: float) -> dict[str, object]:
    return {
        "minutes": minutes,
        "processors": os.cpu_count(),
        "answers": _answers(run),
        "by_minute": {name: _by_minute(book.took) for name, book in run.books.items()},
        "findings": [asdict(finding) for finding in findings],
        "before": run.before,
        "after": run.after,
        "sizes": run.sizes,
        "samples": [asdict(one) for one in run.samples],
    }


if __name__ == "__main__":
    main()
