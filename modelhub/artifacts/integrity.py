"""Comparing a package's files with the hashes in its manifest, before anything of it is unpickled."""

from collections.abc import Mapping
from typing import Any

from modelhub.artifacts import layout
from modelhub.artifacts.fields import Section
from modelhub.artifacts.types import Note, PackageMetadata, StagedPackage
from modelhub.errors import Code, PackageRefused

_CORE = (layout.MODEL, layout.SCALER, layout.METADATA)


def verify(
    staged: StagedPackage, metadata: PackageMetadata, *, require_manifest: bool = False
) -> tuple[Note, ...]:
    """Notes on a package whose files are what its manifest says; the hashes are those of staging.

    Hashes in a manifest detect damage, not an attacker, who would rewrite both. Raises PackageRefused:
    hash_mismatch, hash_missing (a core file without hash, a listed file that is absent, or no manifest
    where ``require_manifest``), metadata_invalid.
    """
    manifest = metadata.raw.get(layout.MANIFEST)
    if manifest is None:
        return _without_manifest(require_manifest)
    hashes = _hashes(manifest)
    _require_present(staged, set(hashes) | _named_files(manifest))
    _require_hashed(staged, hashes)
    for name, expected in hashes.items():
        if name in staged.files and staged.files[name].sha256 != expected:
            raise PackageRefused(
                Code.HASH_MISMATCH,
                f"{name} is not the file that the manifest describes: its SHA-256 differs. Fetch or "
                "build the package again.",
            )
    return _unlisted(staged, hashes)


def _without_manifest(required: bool) -> tuple[Note, ...]:
    if required:
        raise PackageRefused(
            Code.HASH_MISSING,
            "The package has no deployment manifest, which this hub requires; import the deployment package.",
        )
    return (Note("manifest_absent", "No manifest: damage on the way here could not be ruled out."),)


def _hashes(manifest: Mapping[str, Any]) -> dict[str, str]:
    listed = Section(layout.MANIFEST, manifest).section("file_integrity", null=True)
    texts = {name: listed.required_text(name, longest=64).lower() for name in listed.values}
    return {name: text for name, text in texts.items() if not layout.is_ignored_text(name)}


def _named_files(manifest: Mapping[str, Any]) -> set[str]:
    """Files the manifest says the package consists of, scripts and notes aside."""
    files = Section(layout.MANIFEST, manifest).section("files", null=True)
    names = {files.text(key, null=True, longest=256) for key in files.values}
    return {name for name in names if name and not layout.is_ignored_text(name)}


def _require_present(staged: StagedPackage, names: set[str]) -> None:
    absent = sorted(names - set(staged.files) - {layout.MANIFEST})
    if absent:
        raise PackageRefused(
            Code.HASH_MISSING,
            f"The manifest lists {ascii(absent[0][:80])[1:-1]}, which is not among the package's files; the "
            "package is incomplete.",
        )


def _require_hashed(staged: StagedPackage, hashes: Mapping[str, str]) -> None:
    for name in _CORE:
        if name in staged.files and name not in hashes:
            raise PackageRefused(
                Code.HASH_MISSING, f"The manifest has no SHA-256 for {name}; export the package again."
            )


def _unlisted(staged: StagedPackage, hashes: Mapping[str, str]) -> tuple[Note, ...]:
    extras = sorted(set(staged.files) - set(hashes) - {layout.MANIFEST})
    if not extras:
        return ()
    return (Note("hash_absent", f"The manifest has no hash for {', '.join(extras)}."),)
