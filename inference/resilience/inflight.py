"""Which calls are under way, in a small mapped file that outlives the process: who was at work when it died.

Beside it lies what Python writes when native code kills the process (SIGSEGV and its like), so that a crash
is told from a plain kill. The file's lock tells the living from the dead: the kernel gives it up.
"""

import contextlib
import faulthandler
import fcntl
import mmap
import os
import re
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelhub import orphans

_MAGIC = b"mhcalls1"
_HEADER = struct.Struct("<8s64s")
_CELL = struct.Struct("<qQq")  # version id or 0, thread, start in monotonic nanoseconds
_PLACES = 160
_SIZE = 4096
_SUFFIX, _DEATH = ".calls", ".death"
# The process that wound the clock. A child forked from it can neither wind nor stop one: Python would wait
# for ever for the clock's thread, which the fork left behind.
_wound_in: int | None = None
_CURRENT = re.compile(r"^Current thread 0x([0-9a-f]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Call:
    """One call under way: version id, thread, and its start in seconds of the monotonic clock."""

    version_id: int
    thread: int
    started_s: float


@dataclass(frozen=True, slots=True)
class Death:
    """What a dead process left: its name, the calls under way, and what Python said when it died."""

    process: str
    calls: tuple[Call, ...]
    said: str

    @property
    def was_stuck(self) -> bool:
        """True where the process gave up because nothing in it moved any more."""
        return "Timeout (" in self.said

    @property
    def guilty(self) -> tuple[Call, ...]:
        """The calls that the death is laid to: none where it was killed or died of something else.

        Of a crash it is the crashed thread's call, or all where the thread is not known; of a process that
        was stuck the call that had begun first.
        """
        if self.was_stuck:
            return tuple(sorted(self.calls, key=lambda call: call.started_s)[:1])
        if "Fatal Python error" not in self.said:
            return ()
        crashed = _CURRENT.search(self.said)
        if crashed is None:
            return self.calls
        return tuple(call for call in self.calls if call.thread == int(crashed[1], 16))


class Calls:
    """The open file of this process. :meth:`begin` and :meth:`end` may be called by any thread."""

    def __init__(self, folder: Path, process: str) -> None:
        """A locked file without calls stands in ``folder``, and a crash will be written beside it.

        Raises OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / (process.replace("/", "_") + _SUFFIX)
        draft = self._path.with_suffix(".calls-draft")  # locked before it gets the name that others look for
        self._file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(self._file, _HEADER.pack(_MAGIC, process.encode()[:64]).ljust(_SIZE, b"\0"))
            self._map = mmap.mmap(self._file, _SIZE)
            self._death = self._path.with_suffix(_DEATH).open("w")
            draft.rename(self._path)
        except BaseException:
            os.close(self._file)
            draft.unlink(missing_ok=True)
            raise
        self._cells = memoryview(self._map)[_HEADER.size : _HEADER.size + _PLACES * _CELL.size].cast("q")
        self._ending = threading.Lock()
        self._is_over = False
        self._free = list(range(0, _PLACES * 3, 3))  # taken and given back at the end: atomic on a list
        faulthandler.enable(self._death)

    def begin(self, version_id: int) -> int:
        """A call is under way; its place for :meth:`end`, or -1 where more than 160 are."""
        try:
            place = self._free.pop()
        except IndexError:
            return -1
        cells = self._cells
        cells[place + 1] = threading.get_ident()
        cells[place + 2] = time.monotonic_ns()
        cells[place] = version_id
        return place

    def end(self, place: int) -> None:
        """The call is over."""
        if place >= 0:
            self._cells[place] = 0
            self._free.append(place)

    def under_way(self) -> tuple[Call, ...]:
        """The calls at work right now."""
        return _calls(bytes(self._map))

    def watch(self, seconds: float) -> None:
        """Unless this is called again within so many seconds, the process ends and says where it stood.

        The clock for it needs no Python: it also runs out while native code keeps everything waiting.
        """
        global _wound_in
        if _wound_in not in (None, os.getpid()):
            return
        with self._ending:
            if not self._is_over:
                _wound_in = os.getpid()
                faulthandler.dump_traceback_later(seconds, exit=True, file=self._death)

    def retire(self) -> None:
        """The process ends well: no trace is left."""
        self._stop_watching()
        self._path.unlink(missing_ok=True)
        self._path.with_suffix(_DEATH).unlink(missing_ok=True)

    def abandon(self) -> None:
        """Let go of the file: after a fork it stays the parent's."""
        self._stop_watching()
        faulthandler.enable()
        self._cells.release()
        self._map.close()
        os.close(self._file)
        self._death.close()

    def _stop_watching(self) -> None:
        if _wound_in != os.getpid():
            return
        with self._ending:  # a clock that is wound once more now would end a process that nobody winds it for
            self._is_over = True
            faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def ended(path: Path) -> Iterator[Death | None]:
    """The death of the process with that file, locked within the block; None where it lives.

    The files are removed when the block ends well. Raises OSError.
    """
    with orphans.of_the_dead(path) as file:
        death = None if file is None else _read(os.pread(file, _SIZE, 0), path.with_suffix(_DEATH))
        yield death
        if death is not None:
            path.with_suffix(_DEATH).unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def files(folder: Path) -> list[Path]:
    """The files in the folder, of living processes too."""
    return sorted(folder.glob(f"*{_SUFFIX}"))


def _read(data: bytes, death: Path) -> Death | None:
    if len(data) != _SIZE or not data.startswith(_MAGIC):
        return None
    name = _HEADER.unpack_from(data)[1].rstrip(b"\0").decode("utf-8", "replace")
    said = death.read_text("utf-8", "replace")[:100_000] if death.exists() else ""
    return Death(name, _calls(data), said)


def _calls(data: bytes) -> tuple[Call, ...]:
    cells = _CELL.iter_unpack(data[_HEADER.size : _HEADER.size + _PLACES * _CELL.size])
    return tuple(Call(version, thread, start / 1e9) for version, thread, start in cells if version)
