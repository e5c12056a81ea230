"""Web workers on a processor each, where there is a worker for every processor.

The Python of one worker runs on one processor at a time in any case, and its threads hand over to each other
at every call. Between two processors that wakes one that sleeps and finds cold caches (ADR 0026).
"""

import contextlib
import multiprocessing
import os
from collections import Counter


def spread(workers: int) -> None:
    """Each process forked by this one runs on one processor from now on: the one with the fewest of them.

    Does nothing where the system cannot do that, or where processors would be left without a worker.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = frozenset(os.sched_getaffinity(0))
    if workers < len(cores):
        return
    parent = os.getpid()

    def choose() -> None:
        if os.getpid() == parent:  # what a worker forks stays with it
            os.sched_setaffinity(0, {_least_used(cores)})

    def return_to_all() -> None:
        if os.getpid() == parent:
            os.sched_setaffinity(0, cores)

    # The child has what its parent had at the moment of the fork, so no two of them choose at the same time.
    os.register_at_fork(before=choose, after_in_parent=return_to_all)


def use_any() -> None:
    """This process runs wherever there is room, whatever it was started by."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, range(os.cpu_count() or 1))


def _least_used(cores: frozenset[int]) -> int:
    used: Counter[int] = Counter()
    for child in multiprocessing.active_children():
        with contextlib.suppress(OSError):  # it has just ended
            used.update(os.sched_getaffinity(child.pid or 0))
    return min(sorted(cores), key=used.__getitem__)
