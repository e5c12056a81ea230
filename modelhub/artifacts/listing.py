"""What lies in a models directory: every package in every form, and why some cannot be imported.

Static only: files are hashed and JSON is read, no pickle is opened.
"""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from modelhub.artifacts import layout, opening, paths
from modelhub.artifacts.identity import content_digest
from modelhub.artifacts.intake import stage
from modelhub.artifacts.integrity import verify
from modelhub.artifacts.labels import label_from_name
from modelhub.artifacts.limits import DEFAULT, Limits
from modelhub.artifacts.metadata import read_metadata
from modelhub.artifacts.types import Note, PackageForm
from modelhub.errors import Code, PathRefused, UserFault

Look = Callable[[int, tuple[str, ...]], list[tuple[str, ...]]]
_MODELS = "models"
_DEPLOYMENTS = "deployments"


@dataclass(frozen=True, slots=True)
class ListedPackage:
    """One package of a source; ``problem`` says why it is not importable, None where nothing stands out.

    ``segments`` is its path below the root. ``created_at`` is declared, naive where without a zone;
    ``modified_at`` is UTC. Where there is a problem the declared values are empty and ``label`` is
    what the file name suggests. ``digest`` is empty where a remote source tells no content; such a
    package has an ``identity``, the source's own words for this one and no later one of its name.
    """

    segments: tuple[str, ...]
    label: str
    modified_at: datetime
    form: PackageForm | None = None
    created_at: datetime | None = None
    declared_type: str = ""
    training_samples: int | None = None
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    digest: str = ""
    identity: str = ""
    aliases: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    problem: Note | None = None


def list_packages(
    root: Path, *, limits: Limits = DEFAULT, require_manifest: bool = False
) -> Iterator[ListedPackage]:
    """Every package among the children of ``root``, of its ``models`` folder and of their ``deployments``.

    Folders with neither model nor metadata and other files are passed over; a package that cannot be
    read is listed with its problem and never hides another. Faults of our own side end the listing:
    Unavailable (source_unavailable), StorageFull.
    """
    with opening.open_root(root) as root_fd:
        for segments in _candidates(root_fd):
            yield _inspect(root, root_fd, segments, limits, require_manifest=require_manifest)


def count_packages(root: Path) -> int:
    """How many packages :func:`list_packages` would find; none is opened. Raises Unavailable."""
    with opening.open_root(root) as root_fd:
        return sum(1 for _ in _candidates(root_fd))


def _candidates(root_fd: int) -> Iterator[tuple[str, ...]]:
    try:
        yield from _children(root_fd, ())
    except OSError:
        raise opening.unreadable_root() from None
    if _is_folder(root_fd, _MODELS):
        yield from _below(root_fd, (_MODELS,), _children)


def _children(fd: int, parents: tuple[str, ...]) -> list[tuple[str, ...]]:
    names = [name for name in sorted(os.listdir(fd)) if _is_package_like(fd, name)]
    found = [(*parents, name) for name in names]
    if _is_folder(fd, _DEPLOYMENTS):
        found += _below(fd, (*parents, _DEPLOYMENTS), _zips)
    return found


def _zips(fd: int, parents: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(*parents, name) for name in sorted(os.listdir(fd)) if _is_zip_name(name)]


def _below(fd: int, segments: tuple[str, ...], look: Look) -> list[tuple[str, ...]]:
    """What lies in the folder ``segments[-1]``; the folder itself where it cannot be read.

    It is then listed as a package with that problem, and hides nothing beside it.
    """
    try:
        with opening.open_below(fd, segments[-1:]) as inside:
            return look(inside, segments)
    except (PathRefused, OSError):
        return [segments]


def _is_package_like(fd: int, name: str) -> bool:
    """True for a zip, a link (listed with its problem) and a folder with a model or metadata."""
    try:
        mode = os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode
    except OSError:
        return False
    if stat.S_ISLNK(mode) or _is_zip_name(name):
        return not name.startswith(".")
    return stat.S_ISDIR(mode) and (_exists(fd, name, layout.MODEL) or _exists(fd, name, layout.METADATA))


def _inspect(
    root: Path, root_fd: int, segments: tuple[str, ...], limits: Limits, *, require_manifest: bool
) -> ListedPackage:
    modified_at = _modified_at(root_fd, segments)
    try:
        for segment in segments:
            paths.parse_relative(segment)
        return _read(root, segments, limits, modified_at, require_manifest=require_manifest)
    except UserFault as error:
        problem = Note(error.code.value, error.detail)
    except OSError:
        problem = Note(
            Code.SOURCE_UNAVAILABLE.value, "The package could not be read from the disk; try again."
        )
    return ListedPackage(
        segments=segments, label=label_from_name(segments[-1]), modified_at=modified_at, problem=problem
    )


def _read(
    root: Path, segments: tuple[str, ...], limits: Limits, modified_at: datetime, *, require_manifest: bool
) -> ListedPackage:
    with tempfile.TemporaryDirectory(prefix="modelhub-listing-") as folder:
        staged = stage(root, segments, Path(folder), limits=limits, hash_only=layout.PICKLES)
        metadata = read_metadata(staged)
        notes = (*staged.notes, *metadata.notes, *verify(staged, metadata, require_manifest=require_manifest))
        return ListedPackage(
            segments=segments,
            label=metadata.label,
            modified_at=modified_at,
            form=metadata.form,
            created_at=metadata.created_at,
            declared_type=metadata.declared_type,
            training_samples=metadata.training_samples,
            metrics=metadata.metrics,
            digest=content_digest(staged, metadata),
            notes=notes,
        )


def _modified_at(root_fd: int, segments: tuple[str, ...]) -> datetime:
    """The latest change of the package or of one of its known members."""
    path = "/".join(segments)
    names = [path, *(f"{path}/{name}" for name in layout.ROLES)]
    latest = 0.0
    for name in names:
        try:
            latest = max(latest, os.stat(name, dir_fd=root_fd, follow_symlinks=False).st_mtime)
        except (OSError, ValueError):
            continue
    return datetime.fromtimestamp(latest, tz=UTC)


def _is_folder(fd: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _exists(fd: int, folder: str, name: str) -> bool:
    try:
        with opening.open_below(fd, (folder,)) as inside:
            return name in os.listdir(inside)
    except (PathRefused, OSError):
        return True  # a folder that cannot be read is listed with that problem, not passed over


def _is_zip_name(name: str) -> bool:
    return name.lower().endswith(".zip")
