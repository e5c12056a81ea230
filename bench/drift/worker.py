"""One engine in a process of its own: prepares, then times a run for each line on stdin."""

import json
import resource
import sys
import time

from bench.drift import workload
from bench.drift.engines import ENGINES


def main(name: str) -> None:
    """Say how long the preparation took; for each line answer seconds, what was found, peak memory in MB."""
    reference, current = workload.reference(), workload.current()
    started = time.perf_counter()
    try:
        run = ENGINES[name](reference)
    except ModuleNotFoundError as error:
        _say({"absent": str(error.name)})
        return
    _say({"prepared_s": time.perf_counter() - started})
    for _ in sys.stdin:
        started = time.perf_counter()
        answer = run(current)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        _say(answer | {"seconds": seconds, "peak_mb": peak})


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
