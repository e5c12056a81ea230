"""Files that processes leave behind: locked by their process until it dies."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def of_the_dead(path: Path) -> Iterator[int | None]:
    """The open file of an ended process, locked within the block; None where it lives or the file is gone.

    Raises OSError.
    """
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        file = -1
    if file < 0:
        yield None
        return
    try:
        yield file if _locked(file) else None
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
