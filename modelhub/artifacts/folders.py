"""Staging a package that is a folder: each known member opened once, checked, copied from that descriptor."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from modelhub.artifacts import layout, opening
from modelhub.artifacts.limits import DEFAULT, Limits
from modelhub.artifacts.staging import Staging
from modelhub.artifacts.types import StagedPackage
from modelhub.errors import Code, PathRefused

_STEP = 256 * 1024


def stage_folder(
    root: Path,
    segments: tuple[str, ...],
    staging: Path,
    *,
    limits: Limits = DEFAULT,
    hash_only: Collection[str] = (),
) -> StagedPackage:
    """Copy the known members of the folder ``segments`` below ``root`` into ``staging``.

    Other files are left alone and named in a note. Raises PathRefused (also for a member that is a
    link, hard link or special file), PackageRefused (package_missing_file, package_file_too_large),
    StorageFull, Unavailable; nothing is then left in ``staging``.
    """
    with opening.open_root(root) as root_fd, opening.open_below(root_fd, segments) as fd:
        return stage_open_folder(fd, segments[-1], staging, limits=limits, hash_only=hash_only)


def stage_open_folder(
    fd: int, label_hint: str, staging: Path, *, limits: Limits, hash_only: Collection[str] = ()
) -> StagedPackage:
    """:func:`stage_folder` for a folder that is already open."""
    if not opening.is_folder(fd):
        raise PathRefused(Code.PACKAGE_NOT_FOUND, f"{label_hint} is a file, not a package folder.")
    present = os.listdir(fd)
    members = [name for name in layout.ROLES if name in present]
    layout.require_core(members)
    notes = layout.ignored_notes(name for name in present if name not in layout.ROLES)
    with Staging(staging, limits, hash_only=hash_only) as target:
        target.require_room(sum(_size(fd, name) for name in members))
        for name in members:
            with opening.open_below(fd, (name,)) as member:
                _require_file(member, name)
                target.receive(name, _chunks(member))
        return StagedPackage(root=staging, files=target.files, label_hint=label_hint, notes=notes)


def _require_file(fd: int, name: str) -> None:
    if opening.is_folder(fd):
        raise PathRefused(Code.PATH_NOT_REGULAR, f"{name} is a folder; a package member is a plain file.")


def _size(fd: int, name: str) -> int:
    try:
        return os.stat(name, dir_fd=fd, follow_symlinks=False).st_size
    except FileNotFoundError:  # removed meanwhile: opening it will say so
        return 0


def _chunks(fd: int) -> Iterator[bytes]:
    while chunk := os.read(fd, _STEP):
        yield chunk
