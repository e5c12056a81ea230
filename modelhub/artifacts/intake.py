"""Staging whatever lies at a path of a training source: a package folder or a zip."""

import os
from collections.abc import Collection
from pathlib import Path

from modelhub.artifacts import opening
from modelhub.artifacts.folders import stage_open_folder
from modelhub.artifacts.limits import DEFAULT, Limits
from modelhub.artifacts.types import StagedPackage
from modelhub.artifacts.zipfiles import stage_zip


def stage(
    root: Path,
    segments: tuple[str, ...],
    staging: Path,
    *,
    limits: Limits = DEFAULT,
    hash_only: Collection[str] = (),
) -> StagedPackage:
    """Copy the package at ``segments`` below ``root`` into ``staging``, hashed, nothing parsed as a pickle.

    ``staging`` is a folder of ours, made with mode 0700 where missing; the caller removes it. Members
    named in ``hash_only`` are hashed but not copied, for listings. Raises PathRefused, PackageRefused,
    StorageFull, Unavailable (source_unavailable); ``staging`` then holds nothing.
    """
    with opening.open_root(root) as root_fd, opening.open_below(root_fd, segments) as fd:
        if opening.is_folder(fd):
            return stage_open_folder(fd, segments[-1], staging, limits=limits, hash_only=hash_only)
        with os.fdopen(os.dup(fd), "rb") as file:
            return stage_zip(file, staging, label_hint=segments[-1], limits=limits, hash_only=hash_only)
