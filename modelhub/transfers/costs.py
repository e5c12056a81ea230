"""What one import may cost, as configured, and how many may run at once in one process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from modelhub import conf
from modelhub.artifacts import quarantine
from modelhub.artifacts.limits import Limits
from modelhub.errors import Code, Unavailable

# Imports run in the threads that also score: half of them stay free for that.
AT_ONCE = 2
_slots = threading.BoundedSemaphore(AT_ONCE)


def package_limits() -> Limits:
    """What a package may cost to stage."""
    size = conf.number("MAX_UPLOAD_BYTES")
    return Limits(package_bytes=size, model_bytes=size)


def quarantine_limits() -> quarantine.Limits:
    """What opening a model may cost."""
    return quarantine.Limits(
        seconds=conf.number("QUARANTINE_SECONDS"), memory_bytes=conf.number("QUARANTINE_MEMORY_BYTES")
    )


@contextmanager
def slot() -> Iterator[None]:
    """One of this process's places for a running import; raises Unavailable (``import_busy``) at once."""
    if not _slots.acquire(blocking=False):
        raise Unavailable(
            Code.IMPORT_BUSY,
            f"{AT_ONCE} imports are running in this process already, and no more run at once. "
            "Try again in a few seconds.",
        )
    try:
        yield
    finally:
        _slots.release()
