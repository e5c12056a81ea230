"""Opening a file or folder below a root without ever following a link or blocking on a pipe."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelhub.errors import Code, PathRefused, Unavailable

# NONBLOCK: opening a FIFO that nobody writes to would otherwise wait for ever.
_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def open_root(root: Path) -> Iterator[int]:
    """A descriptor of a source's root folder; the operator chose it, so links in it are followed.

    Raises Unavailable (source_unavailable).
    """
    try:
        fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        raise unreadable_root() from None
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def open_below(root_fd: int, segments: tuple[str, ...]) -> Iterator[int]:
    """A descriptor of the plain file or folder at ``segments``; use it, never the path again.

    Every step is opened relative to the one before, so a folder swapped for a link meanwhile cannot
    lead elsewhere. Raises PathRefused: package_not_found, path_symlink, path_hardlink,
    path_not_regular.
    """
    fd = os.dup(root_fd)
    try:
        for depth, segment in enumerate(segments):
            step = _open_step(fd, segment, folder=depth < len(segments) - 1)
            os.close(fd)
            fd = step
        _require_plain(fd, segments[-1] if segments else "")
        yield fd
    finally:
        os.close(fd)


def unreadable_root() -> Unavailable:
    """The fault of a source whose root folder is away."""
    return Unavailable(
        Code.SOURCE_UNAVAILABLE,
        "The folder of the training source cannot be read; check that it exists and is readable.",
    )


def is_folder(fd: int) -> bool:
    """True where the descriptor is a folder."""
    return stat.S_ISDIR(os.fstat(fd).st_mode)


def _open_step(parent: int, name: str, *, folder: bool) -> int:
    try:
        return os.open(name, _STEP | (os.O_DIRECTORY if folder else 0), dir_fd=parent)
    except OSError as error:
        raise _refusal(parent, name, error.errno) from None


def _refusal(parent: int, name: str, number: int | None) -> PathRefused:
    if _is_link(parent, name):
        return PathRefused(
            Code.PATH_SYMLINK, f"{name} is a symbolic link; name the package itself, links are not followed."
        )
    if number in {errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP}:  # sockets and devices without a driver
        return _not_regular(name)
    if number in {errno.EACCES, errno.EPERM}:
        return PathRefused(
            Code.PACKAGE_NOT_FOUND, f"{name} may not be read by the hub; check its permissions."
        )
    return PathRefused(Code.PACKAGE_NOT_FOUND, f"There is no package {name} in this training source.")


def _is_link(parent: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    except (OSError, ValueError):
        return False


def _require_plain(fd: int, name: str) -> None:
    status = os.fstat(fd)
    if stat.S_ISDIR(status.st_mode):
        return
    if not stat.S_ISREG(status.st_mode):
        raise _not_regular(name)
    if status.st_nlink != 1:
        raise PathRefused(
            Code.PATH_HARDLINK,
            f"{name} has more than one name on the disk (hard link); copy it and import the copy.",
        )


def _not_regular(name: str) -> PathRefused:
    return PathRefused(Code.PATH_NOT_REGULAR, f"{name} is neither a plain file nor a folder.")
