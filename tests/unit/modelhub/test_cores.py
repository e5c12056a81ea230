"""Forked workers on a processor each; nobody else is bound to one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
_FORKS = """
import json, multiprocessing, os, sys, time
from modelhub import cores
cores.spread(int(sys.argv[1]))
context = multiprocessing.get_context("fork")
def answer(queue):
    queue.put(sorted(os.sched_getaffinity(0)))
    time.sleep(60)
queue = context.Queue()
def start():
    child = context.Process(target=answer, args=(queue,), daemon=True)
    child.start()
    return child, queue.get(timeout=30)
first, one = start()
second, two = start()
first.terminate(); first.join()
third, three = start()
own = sorted(os.sched_getaffinity(0))
cores.use_any()
print(json.dumps([one, two, three, own, sorted(os.sched_getaffinity(0))]))
for child in (second, third):
    child.kill()
"""

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs two processors"
)


def _forks(workers: int, cores: set[int]) -> list[list[int]]:
    command = [sys.executable, "-c", _FORKS, str(workers)]
    done = subprocess.run(
        ["taskset", "--cpu-list", ",".join(map(str, sorted(cores))), *command],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[list[int]] = json.loads(done.stdout)
    return found


def test_workers_take_a_processor_each_and_a_new_one_the_place_of_one_that_ended() -> None:
    cores = set(sorted(os.sched_getaffinity(0))[:2])
    one, two, three, own, _ = _forks(2, cores)
    assert len(one) == len(two) == 1
    assert set(one) | set(two) == cores
    assert three == one
    assert set(own) == cores


def test_nobody_is_bound_where_a_processor_would_be_left_without_a_worker() -> None:
    cores = set(sorted(os.sched_getaffinity(0))[:2])
    one, two, *_ = _forks(1, cores)
    assert set(one) == set(two) == cores


def test_whoever_wants_to_runs_anywhere_again() -> None:
    core = sorted(os.sched_getaffinity(0))[0]
    *_, anywhere = _forks(1, {core})
    assert len(anywhere) > 1
