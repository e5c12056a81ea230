"""Receiving members into our own folder: capped, hashed while written, nothing left after a fault."""

import errno
import hashlib
import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from types import TracebackType

from modelhub.artifacts import layout
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.types import StagedFile
from modelhub.errors import Code, PackageRefused, StorageFull

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Staging:
    """A folder of ours (mode 0700) that members (mode 0400) are streamed into.

    As a context manager it removes every member it wrote when the block fails. Members named in
    ``hash_only`` are hashed and measured but not written: enough for a listing.
    """

    def __init__(self, folder: Path, limits: Limits, *, hash_only: Collection[str] = ()) -> None:
        self.folder = folder
        self.limits = limits
        self.files: dict[str, StagedFile] = {}
        self._hash_only = hash_only
        self._left = limits.package_bytes
        self._written: list[Path] = []

    def __enter__(self) -> "Staging":
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            if error.errno in FULL:
                raise storage_full() from None
            raise
        self.folder.chmod(0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        for path in self._written:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise storage_full() from None

    def require_room(self, package_bytes: int) -> None:
        """Raises StorageFull unless a package of this size can be staged and stored with space to spare."""
        if self._hash_only:
            return
        needed = self.limits.room_factor * package_bytes + self.limits.free_bytes
        if shutil.disk_usage(self.folder).free < needed:
            raise storage_full()

    def receive(self, name: str, chunks: Iterable[bytes]) -> StagedFile:
        """Write and hash one known member.

        Raises PackageRefused (package_file_too_large) at the first byte above its cap.
        """
        path = self.folder / name
        digest, size = hashlib.sha256(), 0
        fd = None if name in self._hash_only else self._create(path)
        try:
            for chunk in chunks:
                size += len(chunk)
                self._spend(name, size, len(chunk))
                digest.update(chunk)
                if fd is not None:
                    write_all(fd, chunk)
        finally:
            if fd is not None:
                os.close(fd)
        self.files[name] = StagedFile(name=name, path=path, sha256=digest.hexdigest(), size=size)
        return self.files[name]

    def _create(self, path: Path) -> int:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o400)
        self._written.append(path)
        return fd

    def _spend(self, name: str, size: int, step: int) -> None:
        self._left -= step
        if size > layout.cap(name, self.limits) or self._left < 0:
            raise too_large(name)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; ``os.write`` alone may stop short."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def too_large(name: str) -> PackageRefused:
    """The refusal of a member above its cap."""
    return PackageRefused(
        Code.PACKAGE_FILE_TOO_LARGE, f"{name} is larger than a package member may be; nothing of it was kept."
    )


def storage_full() -> StorageFull:
    """The fault of a disk without room."""
    return StorageFull(
        Code.STORAGE_FULL,
        "The hub's disk has no room for this package; free space and try again. Nothing was kept.",
    )
