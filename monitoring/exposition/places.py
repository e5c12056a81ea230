"""The numbered ledgers of one home: each process holds one, and goes on with what its predecessor left.

There are never more files than processes were alive at a time, so a worker that is restarted for ever fills
no disk and makes no new series. A lock tells the living from the dead: the kernel gives it up with them.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitoring.exposition.ledger import Ledger, LedgerDamaged, Name, Owner, read

MOST = 256
_SUFFIX = ".series"
_GATE = "gate"


@dataclass(frozen=True, slots=True)
class Page:
    """What one ledger says: its number, whose it is, if that process lives, and its numbers by name."""

    number: int
    owner: Owner
    is_alive: bool
    numbers: dict[Name, list[float]]


def take(folder: Path) -> tuple[int, Ledger]:
    """The lowest free number and its ledger, this process's until it ends.

    The first process of a server start finds none of the numbers of an earlier one. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    owner = Owner(os.getpid(), time.time(), _boot())
    with _gate(folder):
        _forget_earlier(folder, owner.boot)
        for number in range(MOST):
            file = os.open(folder / f"{number}{_SUFFIX}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if _locked(file):
                    return number, Ledger(file, owner)
            except OSError:
                os.close(file)
                raise
            os.close(file)
    raise OSError("too many processes count in one home")


def pages(folder: Path) -> list[Page]:
    """Every ledger that can be read, by number."""
    found = []
    for path in _files(folder):
        with contextlib.suppress(OSError, LedgerDamaged):
            owner, numbers = read(path)
            found.append(Page(int(path.stem), owner, _is_held(path), numbers))
    return sorted(found, key=lambda page: page.number)


def _forget_earlier(folder: Path, boot: str) -> None:
    """Begin anew where nobody counts any more: versions that are long gone would stay for ever."""
    files = _files(folder)
    if any(_is_held(path) for path in files):
        return
    for path in files:
        with contextlib.suppress(OSError, LedgerDamaged):
            owner, _ = read(path)
            # A server whose only worker is being replaced still is the same one.
            if owner.boot == boot or _is_running(owner.boot):
                return
    for path in files:
        path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdigit()]


@contextlib.contextmanager
def _gate(folder: Path) -> Iterator[None]:
    """One process at a time looks for a place."""
    file = os.open(folder / _GATE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _boot() -> str:
    """The start of the server that this process is of: its parent, which brings back workers that die."""
    return _process(os.getppid())


def _process(pid: int) -> str:
    """Process id and start time, so that a number that is used again is another process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return f"{pid}:"
    return f"{pid}:{stat.rpartition(')')[2].split()[19]}"


def _is_running(boot: str) -> bool:
    pid = boot.partition(":")[0]
    return pid.isdigit() and Path(f"/proc/{pid}").exists() and _process(int(pid)) == boot
