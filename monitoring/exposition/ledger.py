"""Numbers of one process under names, in a file mapped into memory: counting is a write of eight bytes.

The file outlives its process, and the next one goes on with it. Room is claimed from the disk before it is
written to: a write into a mapped hole of a full disk would end the process.
"""

import errno
import json
import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"mhledgr1"
_BOOT_BYTES = 48
_HEADER = struct.Struct(f"<8sqqd{_BOOT_BYTES}s")  # magic, bytes used, process id, began, boot
_ENTRY = struct.Struct("<II")  # bytes of the name, number of cells
_CELL = 8
_STEP = 64 * 1024
LARGEST = 2 * 1024 * 1024

Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A name and where its numbers begin, counted in cells of the file."""

    name: Name
    place: int
    cells: int

    @property
    def end(self) -> int:
        """The byte of the file after its last number."""
        return (self.place + self.cells) * _CELL


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that wrote last: its id, when it began (seconds since 1970), the server start it is of."""

    pid: int
    began_s: float
    boot: str


class LedgerDamaged(ValueError):
    """The file is no ledger, or was cut short."""


class Ledger:
    """An open ledger. Not thread-safe; :attr:`cells` are float64 and may be written at any place given."""

    def __init__(self, file: int, owner: Owner) -> None:
        """Go on with the file's numbers in the name of ``owner``; begins anew where it is empty or damaged.

        Raises OSError where the disk has no room for it.
        """
        self._file = file
        known = _known(file)
        self._used = known[-1].end if known else _HEADER.size
        self._room = 0
        # The whole is mapped at once, so that it never moves; nothing is written beyond the room claimed.
        os.ftruncate(file, LARGEST)
        if not self._has_room(self._used):
            raise OSError(errno.ENOSPC, "no room for the numbers of this process")
        self._map = mmap.mmap(file, LARGEST)
        self.cells = memoryview(self._map).cast("d")
        self._places = {entry.name: entry for entry in known}
        self.own(owner)

    def own(self, owner: Owner) -> None:
        """The file says that it is this process's."""
        boot = owner.boot.encode()[:_BOOT_BYTES]
        header = _HEADER.pack(_MAGIC, self._used, owner.pid, owner.began_s, boot)
        self._map[: _HEADER.size] = header

    def place(self, name: Name, cells: int) -> int | None:
        """Where the numbers of that name begin, new ones are 0; None where no room is left for them."""
        known = self._places.get(name)
        if known is not None:
            return known.place if known.cells == cells else None
        data = json.dumps(name).encode()
        data += b" " * (-(len(data)) % _CELL)
        end = self._used + _ENTRY.size + len(data) + cells * _CELL
        if not self._has_room(end):
            return None
        place = (end - cells * _CELL) // _CELL
        self._map[self._used : end] = _ENTRY.pack(len(data), cells) + data + bytes(cells * _CELL)
        # Only now is it part of the ledger: whoever is killed before leaves no half of it.
        self._used = end
        struct.pack_into("<q", self._map, len(_MAGIC), end)
        self._places[name] = Entry(name, place, cells)
        return place

    def named(self, first: str) -> list[Entry]:
        """Every entry whose name begins with that word."""
        return [entry for entry in self._places.values() if entry.name[0] == first]

    def close(self) -> None:
        """Let go of the file, which keeps its numbers; nothing can be counted any more."""
        self.cells.release()
        self._map.close()
        os.close(self._file)

    def _has_room(self, end: int) -> bool:
        if end <= self._room:
            return True
        wanted = min(-(-end // _STEP) * _STEP, LARGEST)
        if end > wanted:
            return False
        try:
            os.posix_fallocate(self._file, 0, wanted)
        except OSError:
            return False
        self._room = wanted
        return True


def read(path: Path) -> tuple[Owner, dict[Name, list[float]]]:
    """What the file says at this moment. Raises LedgerDamaged, OSError."""
    with path.open("rb") as file:
        data = _content(file.fileno())
    owner = _owner(data)
    return owner, {
        entry.name: list(struct.unpack_from(f"{entry.cells}d", data, entry.place * _CELL))
        for entry in _entries(data)
    }


def _content(file: int) -> bytes:
    """The part of the file that is in use; nothing where it is no ledger. Raises OSError."""
    head = os.pread(file, _HEADER.size, 0)
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        return b""
    (used,) = struct.unpack_from("<q", head, len(_MAGIC))
    return os.pread(file, used, 0) if _HEADER.size <= used <= LARGEST and used % _CELL == 0 else b""


def _known(file: int) -> list[Entry]:
    try:
        return list(_entries(_content(file)))
    except LedgerDamaged:
        return []


def _owner(data: bytes) -> Owner:
    if len(data) < _HEADER.size or not data.startswith(_MAGIC):
        raise LedgerDamaged("no ledger")
    _, _, pid, began_s, boot = _HEADER.unpack_from(data)
    return Owner(pid, began_s, boot.rstrip(b"\0").decode("utf-8", "replace"))


def _entries(data: bytes) -> Iterator[Entry]:
    _owner(data)
    at = _HEADER.size
    while at < len(data):
        begin = at + _ENTRY.size
        length, cells = _ENTRY.unpack_from(data, at) if begin <= len(data) else (1, 0)
        place = begin + length
        if length % _CELL or place + cells * _CELL > len(data):
            raise LedgerDamaged("an entry is longer than the file")
        entry = Entry(_name(data[begin:place]), place // _CELL, cells)
        yield entry
        at = entry.end


def _name(data: bytes) -> Name:
    try:
        return tuple(str(part) for part in json.loads(data))
    except (ValueError, TypeError, RecursionError):
        raise LedgerDamaged("a name cannot be read") from None
