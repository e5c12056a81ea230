"""One locked folder per running import, so that a dead import can be told from a live one.

Layout: ``STAGING/<transfer id>-<random>/`` with ``lock`` and ``package/``. The importing process
holds an exclusive flock on ``lock`` for as long as it lives; the kernel drops it with the process,
however that ends. The guard lock closes the gap between making a folder and locking it. Uploads that
wait for a worker lie beside the folders as ``upload-<random>``.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_GUARD = ".guard"
_LOCK = "lock"
_NAME_BYTES = 32
_UPLOAD = "upload-"
_PIECE = 1024 * 1024
# A file is there before the row that names it is committed; no request takes that long.
_FRESH_S = 3600.0


@dataclass(frozen=True, slots=True)
class Area:
    """A folder that belongs to one running transfer; its lock is held while ``descriptor`` is open."""

    folder: Path
    descriptor: int

    @property
    def package(self) -> Path:
        """Where the package is copied to; made by whoever stages it."""
        return self.folder / "package"


@contextmanager
def guarded(root: Path) -> Iterator[str]:
    """Hold the lock under which areas come into being and dead ones are swept, one process at a time.

    Yields the name of this staging folder, 32 hexadecimal digits, made when it is first used: hosts
    that share a database have staging folders of their own, and locks tell of those only.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(root / _GUARD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield _name(descriptor)
    finally:
        os.close(descriptor)


def open_area(root: Path, transfer_id: int) -> Area:
    """A new, locked area for a transfer; call it under :func:`guarded`."""
    folder = root / f"{transfer_id}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return Area(folder, descriptor)


def close_area(area: Area) -> None:
    """The area and everything in it is gone; its lock goes last."""
    try:
        shutil.rmtree(area.folder, ignore_errors=True)
    finally:
        os.close(area.descriptor)


def sweep(root: Path) -> tuple[set[int], int]:
    """Remove the areas of dead imports; answers the transfer ids of live ones and the number removed.

    Call it under :func:`guarded`.
    """
    live: set[int] = set()
    removed = 0
    for folder in [entry for entry in root.iterdir() if entry.is_dir()]:
        if _is_locked(folder / _LOCK):
            live.add(_transfer_id(folder))
        else:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return live, removed


def keep_upload(root: Path, file: BinaryIO) -> str:
    """A copy of the whole file is on the disk under the name answered, for :func:`kept_upload`.

    Raises OSError when there is no room; nothing is left then.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = root / f"{_UPLOAD}{secrets.token_hex(16)}"
    file.seek(0)
    try:
        with path.open("xb") as copy:
            shutil.copyfileobj(file, copy, _PIECE)
            copy.flush()
            os.fsync(copy.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path.name


def kept_upload(root: Path, name: str) -> BinaryIO:
    """A kept upload, open for reading; raises FileNotFoundError where this machine has none by that name."""
    if not name.startswith(_UPLOAD):
        raise FileNotFoundError(name)
    return (root / Path(name).name).open("rb")


def drop_upload(root: Path, name: str) -> None:
    """No kept upload of that name is there any more."""
    if name.startswith(_UPLOAD):
        (root / Path(name).name).unlink(missing_ok=True)


def sweep_uploads(root: Path, needed: Collection[str]) -> int:
    """Remove kept uploads that no waiting row names and that are older than an hour; answers how many."""
    removed = 0
    for path in root.glob(f"{_UPLOAD}*"):
        with suppress(FileNotFoundError):
            if path.name not in needed and time.time() - path.stat().st_mtime > _FRESH_S:
                path.unlink()
                removed += 1
    return removed


def _name(guard: int) -> str:
    kept = os.pread(guard, _NAME_BYTES, 0)
    if len(kept) < _NAME_BYTES:  # new, or its first writer was killed
        kept = secrets.token_hex(_NAME_BYTES // 2).encode()
        os.pwrite(guard, kept, 0)
    return kept.decode("ascii")


def _is_locked(lock: Path) -> bool:
    with suppress(FileNotFoundError, NotADirectoryError):
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _transfer_id(folder: Path) -> int:
    head = folder.name.partition("-")[0]
    return int(head) if head.isdecimal() else 0
