"""One engine in a process of its own: answers lines of JSON on stdin with lines of JSON on stdout."""

import json
import sys
import time

import numpy as np

from bench.engine import workload
from bench.engine.engines import ENGINES, Scorer

_BATCH = 1_000


def main(name: str) -> None:
    """Announce readiness, then time a size or write scores to a file on request."""
    scaler, forest, training = workload.fitted()
    started = time.perf_counter()
    try:
        scorer = ENGINES[name](scaler, forest)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        _say({"absent": name})
        return
    _say({"made_s": time.perf_counter() - started})
    sets = {
        "random": workload.random_rows(100_000, seed=1),
        "threshold": workload.threshold_rows(scaler, forest, training),
        "training": training,
    }
    for line in sys.stdin:
        request = json.loads(line)
        if "size" in request:
            _say({"us": _time(scorer, sets["random"][: request["size"]], seconds=request["seconds"])})
        else:
            scores = np.concatenate([_whole(scorer, rows) for rows in sets.values()])
            np.save(request["scores"], scores)
            _say({"offset": float(forest.offset_), "sizes": {key: len(rows) for key, rows in sets.items()}})


def _time(scorer: Scorer, rows: workload.Matrix, *, seconds: float) -> float:
    """Median microseconds per call over at least three calls and ``seconds``, after one to warm up.

    Batches are long enough to be interrupted, so theirs is processor time, which is wall time on an idle
    machine because every engine here has one thread.
    """
    clock = time.process_time if len(rows) >= _BATCH else time.perf_counter
    scorer(rows)
    laps: list[float] = []
    until = time.perf_counter() + seconds
    while len(laps) < 3 or time.perf_counter() < until:
        started = clock()
        scorer(rows)
        laps.append(clock() - started)
    return float(np.median(laps) * 1e6)


def _whole(scorer: Scorer, rows: workload.Matrix) -> workload.Matrix:
    return np.concatenate([scorer(rows[at : at + 10_000]) for at in range(0, len(rows), 10_000)])


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
