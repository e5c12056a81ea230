"""``python -m bench.parity``: do our forest engines give scikit-learn's scores, and verdicts with them?

Several forests, each with random rows, rows exactly on thresholds, its training rows and rows beyond float32.
Exit code 1 where any score differs by more than 1e-12 or any row changes sides of the threshold.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

from bench.engine.workload import Matrix, random_rows
from inference.runtimes.forest import ENGINES, engine_name, open_forest
from modelhub.artifacts.safeform import archive, packing
from modelhub.artifacts.safeform.flatten import forest_tables

_TOLERANCE = 1e-12
_SIZES = (1, 7, 32, 1_000)  # the last one holds for the rest
FORESTS: dict[str, dict[str, Any]] = {
    "100 trees": {},
    "one tree": {"n_estimators": 1},
    "17 trees": {"n_estimators": 17},
    "300 trees": {"n_estimators": 300},
    "2 rows per tree": {"max_samples": 2},
    "33 rows per tree": {"max_samples": 33},
    "4,096 rows per tree": {"max_samples": 4_096},
    "all rows per tree": {"max_samples": 1.0, "n_estimators": 30},
    "half of the columns": {"max_features": 0.5},
    "bootstrap": {"bootstrap": True},
    "threshold by itself": {"contamination": "auto"},
    "no scaler": {"scaled": False},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One engine on one set of rows of one forest."""

    engine: str
    forest: str
    rows: str
    count: int
    largest_difference: float
    differing_labels: int


def main() -> None:
    """Compare, print the table, write bench/results/parity.json."""
    findings = [finding for name, options in FORESTS.items() for finding in _compare(name, dict(options))]
    print("| engine | forest | rows | largest difference | differing labels |")
    print("|---|---|---|---|---|")
    for (engine, forest), group in groupby(sorted(findings, key=_kind), key=_kind):
        sets = list(group)
        print(
            f"| {engine} | {forest} | {sum(one.count for one in sets):,} "
            f"| {max(one.largest_difference for one in sets):.1e} "
            f"| {sum(one.differing_labels for one in sets)} |"
        )
    path = Path(__file__).resolve().parent / "results" / "parity.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in findings], indent=2))
    wrong = [f for f in findings if not f.largest_difference <= _TOLERANCE or f.differing_labels]
    print(f"\n{len(findings)} comparisons, {sum(f.count for f in findings):,} scores, {len(wrong)} differ")
    sys.exit(1 if wrong else 0)


def _kind(finding: Finding) -> tuple[str, str]:
    return finding.engine, finding.forest


def _compare(name: str, options: dict[str, Any]) -> Iterator[Finding]:
    training = random_rows(10_000, seed=42)
    scaler = StandardScaler().fit(training) if options.pop("scaled", True) else None
    forest = IsolationForest(**{"contamination": 0.1, "random_state": 42} | options)
    forest.fit(_scaled(scaler, training))
    content = archive.read(packing.pack(forest, scaler))
    tables = forest_tables(content["model"], content["scaler"])
    runtimes = {engine_name(engine): open_forest(tables, engine) for engine in ENGINES}
    for kind, rows in _row_sets(scaler, forest, training).items():
        with np.errstate(over="ignore"):
            expected = -forest.score_samples(_scaled(scaler, rows))
        is_anomaly = -expected - forest.offset_ < 0  # decision_function < 0, as predict does it
        for engine, runtime in runtimes.items():
            scores = _in_many_sizes(runtime.score, rows)
            yield Finding(
                engine=engine,
                forest=name,
                rows=kind,
                count=len(rows),
                largest_difference=float(np.abs(scores - expected).max()),
                differing_labels=int(((-scores - forest.offset_ < 0) != is_anomaly).sum()),
            )


def _row_sets(scaler: StandardScaler | None, forest: IsolationForest, training: Matrix) -> dict[str, Matrix]:
    far = random_rows(1_000, seed=3) * np.random.default_rng(4).choice([1.0, -1e30, 1e39, 1e300], (1_000, 1))
    return {
        "random": random_rows(20_000, seed=1),
        "threshold": _on_thresholds(scaler, forest, training),
        "training": training,
        "beyond float32": far,
    }


def _on_thresholds(scaler: StandardScaler | None, forest: IsolationForest, rows: Matrix) -> Matrix:
    """float64 (3000, n): training rows with a value exactly on a split, or scaled back from one."""
    rng = np.random.default_rng(42)
    chosen = rows[rng.integers(0, len(rows), 3_000)].copy()
    for row in chosen:
        number = int(rng.integers(0, len(forest.estimators_)))
        tree, columns = forest.estimators_[number].tree_, forest.estimators_features_[number]
        inner = np.flatnonzero(tree.children_left != -1)
        if len(inner):
            node = rng.choice(inner)
            column = columns[tree.feature[node]]
            row[column] = tree.threshold[node]
            if scaler is not None:
                row[column] = row[column] * scaler.scale_[column] + scaler.mean_[column]
    return chosen


def _scaled(scaler: StandardScaler | None, rows: Matrix) -> Matrix:
    return rows if scaler is None else np.asarray(scaler.transform(rows))


def _in_many_sizes(score: Any, rows: Matrix) -> Matrix:
    """Scores of all rows, asked for in pieces of several sizes, to take each way through an engine."""
    parts, at = [np.empty(0)], 0
    for size in _SIZES:
        parts.append(score(rows[at : at + size]))
        at += size
    return np.concatenate([*parts, score(rows[at:])])[: len(rows)]


if __name__ == "__main__":
    main()
