"""Staging a package that is a zip: named members only, streamed, never extracted by the archive's will."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from modelhub.artifacts import layout, strictjson, zipdirectory, zipmembers, ziprules
from modelhub.artifacts.limits import DEFAULT, Limits
from modelhub.artifacts.staging import Staging
from modelhub.artifacts.types import Note, StagedPackage
from modelhub.artifacts.zipdirectory import Entry
from modelhub.errors import Code, PackageRefused

_EXPECTED_DIFFERENCE = ("model_artifacts", "total_package_size")
_SHOWN = 8


def stage_zip(
    file: BinaryIO,
    staging: Path,
    *,
    label_hint: str,
    limits: Limits = DEFAULT,
    hash_only: Collection[str] = (),
) -> StagedPackage:
    """Copy the known members of a seekable zip into ``staging``, hashing what is written.

    Of several ``deployment_manifest.json`` the last counts; a note names the fields in which they
    differ, unless it is only the package size as in every real package. Raises PackageRefused with
    the codes of :mod:`ziprules` and :mod:`zipdirectory`, or StorageFull; the folder is then empty.
    """
    if file.seek(0, 2) > limits.package_bytes:
        raise PackageRefused(Code.UPLOAD_TOO_LARGE, "The zip is larger than a package may be.")
    entries = zipdirectory.read_entries(file, limits)
    members = ziprules.select(entries, limits)
    layout.require_core([name for name, _ in members])
    manifests = [entry for name, entry in members if name == layout.MANIFEST]
    with Staging(staging, limits, hash_only=hash_only) as target:
        target.require_room(sum(entry.size for _, entry in members))
        for name, entry in dict(members).items():  # of equal names the last
            target.receive(name, zipmembers.chunks(file, entry))
        notes = (*_manifest_notes(file, manifests), *layout.ignored_notes(ziprules.ignored(entries)))
        return StagedPackage(root=staging, files=target.files, label_hint=label_hint, notes=notes)


def _manifest_notes(file: BinaryIO, manifests: list[Entry]) -> tuple[Note, ...]:
    if len(manifests) < 2:
        return ()
    last = _manifest(file, manifests[-1])
    fields: set[tuple[str, ...]] = set()
    for entry in manifests[:-1]:  # one at a time: each may be 4 MiB
        fields |= _differences(_manifest(file, entry), last)
    if fields <= {_EXPECTED_DIFFERENCE}:
        return ()
    shown = ", ".join(".".join(part[:64] for part in field) for field in sorted(fields)[:_SHOWN])
    return (
        Note("manifest_duplicate", f"The zip holds manifests that differ in {shown}; the last one counts."),
    )


def _manifest(file: BinaryIO, entry: Entry) -> dict[tuple[str, ...], Any]:
    """Values by section and key, so that two manifests can be compared field by field."""
    data = b"".join(zipmembers.chunks(file, entry))
    try:
        return dict(_flatten(strictjson.parse(data)))
    except strictjson.StrictJSONError:
        return {("(unreadable)",): data}


def _flatten(manifest: dict[str, Any]) -> Iterable[tuple[tuple[str, ...], Any]]:
    for section, value in manifest.items():
        if isinstance(value, dict):
            yield from (((section, key), item) for key, item in value.items())
        else:
            yield (section,), value


def _differences(one: dict[tuple[str, ...], Any], other: dict[tuple[str, ...], Any]) -> set[tuple[str, ...]]:
    missing = object()
    return {key for key in one.keys() | other.keys() if one.get(key, missing) != other.get(key, missing)}
