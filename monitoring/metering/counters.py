"""What a process has answered, in a small file that outlives it: the proof of what a hard kill took away.

The file is mapped into memory, so counting is a write of eight bytes that survives SIGKILL without a
system call. Its lock tells the living from the dead: the kernel gives it up with the process.
"""

import contextlib
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelhub import orphans

_MAGIC = b"mhmeter1"
_NAME_BYTES = 64
_HEADER = struct.Struct(f"<8s{_NAME_BYTES}sd")
_SLOT_BYTES = 16
_SLOTS = 250
_SIZE = 4096
_SUFFIX = ".counts"


@dataclass(frozen=True, slots=True)
class Account:
    """What a file says: its process, when that began (seconds since 1970), requests by version id."""

    process: str
    started_s: float
    requests: dict[int, int]


class Counters:
    """The open file of this process. Not thread-safe: the meter counts under its own lock."""

    def __init__(self, folder: Path, process: str, *, started_s: float) -> None:
        """A locked, empty file stands in ``folder``. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / (process.replace("/", "_") + _SUFFIX)
        # Locked before it gets its name, so that nobody takes it for a dead process's in between.
        draft = self._path.with_suffix(".draft")
        self._file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(self._file, _header(process, started_s).ljust(_SIZE, b"\0"))
            self._map = mmap.mmap(self._file, _SIZE)
            draft.rename(self._path)
        except BaseException:
            os.close(self._file)
            draft.unlink(missing_ok=True)
            raise
        self._cells = memoryview(self._map)[_HEADER.size :].cast("q")
        self._places: dict[int, int] = {}

    def count(self, version_id: int) -> None:
        """One more request of that version was answered; beyond 250 versions nothing is counted."""
        place = self._places.get(version_id)
        if place is None:
            place = self._new_place(version_id)
        if place >= 0:
            self._cells[place] += 1

    def retire(self) -> None:
        """Remove the file, as everything it counted is recorded; what is counted later leaves no trace."""
        self._path.unlink(missing_ok=True)

    def beside(self, suffix: str) -> Path:
        """Where something else of this process may lie."""
        return self._path.with_suffix(suffix)

    def abandon(self) -> None:
        """Count no more and let go of the file: after a fork it stays the parent's."""
        self._cells.release()
        self._map.close()
        os.close(self._file)

    def _new_place(self, version_id: int) -> int:
        slot = len(self._places)
        place = slot * 2 + 1 if slot < _SLOTS else -1
        self._places[version_id] = place
        if place >= 0:
            self._cells[place - 1] = version_id
        return place


@contextlib.contextmanager
def orphan(path: Path) -> Iterator[Account | None]:
    """The account of a dead process, locked within the block; None where it lives or the file is none.

    Its file is removed when the block ends well. Raises OSError.
    """
    with orphans.of_the_dead(path) as file:
        account = None if file is None else _read(file)
        yield account
        if account is not None:
            path.unlink(missing_ok=True)


def files(folder: Path) -> list[Path]:
    """The accounts in the folder, of living processes too."""
    return sorted(folder.glob(f"*{_SUFFIX}"))


def _header(process: str, started_s: float) -> bytes:
    return _HEADER.pack(_MAGIC, process.encode()[:_NAME_BYTES], started_s)


def _read(file: int) -> Account | None:
    data = os.pread(file, _SIZE, 0)
    if len(data) != _SIZE or not data.startswith(_MAGIC):
        return None
    _, name, started_s = _HEADER.unpack_from(data)
    pairs = struct.iter_unpack("<qq", data[_HEADER.size :][: _SLOTS * _SLOT_BYTES])
    requests = {version: count for version, count in pairs if version > 0 and count > 0}
    return Account(name.rstrip(b"\0").decode("utf-8", "replace"), started_s, requests)
