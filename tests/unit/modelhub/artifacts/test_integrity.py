from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelhub.artifacts.intake import stage
from modelhub.artifacts.integrity import verify
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.metadata import read_metadata
from modelhub.artifacts.types import Note
from modelhub.errors import Code, PackageRefused
from tests.unit.modelhub.artifacts.package_building import (
    deployment_files,
    dumped,
    manifest,
    service_files,
    write_folder,
)


def check(tmp_path: Path, files: Mapping[str, bytes], **options: Any) -> tuple[Note, ...]:
    write_folder(tmp_path / "v1", files)
    staged = stage(tmp_path, ("v1",), tmp_path / ".staging", limits=Limits(free_bytes=0))
    return verify(staged, read_metadata(staged), **options)


def refusal(tmp_path: Path, files: Mapping[str, bytes], **options: Any) -> Code:
    with pytest.raises(PackageRefused) as refused:
        check(tmp_path, files, **options)
    return refused.value.code


def signed(**changes: Any) -> dict[str, bytes]:
    """A deployment package whose file_integrity is changed; None drops an entry."""
    hashes = manifest(service_files())["file_integrity"] | changes
    return deployment_files(file_integrity={name: text for name, text in hashes.items() if text is not None})


def test_an_intact_package_passes_without_notes(tmp_path: Path) -> None:
    assert check(tmp_path, deployment_files(), require_manifest=True) == ()


@pytest.mark.parametrize("name", ["model.joblib", "scaler.joblib", "metadata.json"])
def test_one_changed_byte_is_a_mismatch(name: str, tmp_path: Path) -> None:
    files = deployment_files()
    files[name] = files[name] + b" "
    assert refusal(tmp_path, files) is Code.HASH_MISMATCH


@pytest.mark.parametrize("name", ["model.joblib", "scaler.joblib", "metadata.json"])
def test_a_core_file_without_hash_is_refused(name: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, signed(**{name: None})) is Code.HASH_MISSING


def test_a_listed_file_that_is_absent_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a", signed(**{"encoder.joblib": "0" * 64})) is Code.HASH_MISSING
    files = deployment_files(files={"encoder_file": "encoder.joblib"})
    assert refusal(tmp_path / "b", files) is Code.HASH_MISSING
    lost = deployment_files()
    del lost["scaler.joblib"]
    assert refusal(tmp_path / "c", lost) is Code.HASH_MISSING


def test_a_manifest_without_hashes_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, deployment_files(file_integrity={})) is Code.HASH_MISSING


@pytest.mark.parametrize("value", [None, 7, "x" * 65, {}])
def test_a_hash_of_the_wrong_type_is_invalid(value: Any, tmp_path: Path) -> None:
    files = deployment_files(file_integrity={"model.joblib": value})
    assert refusal(tmp_path, files) is Code.METADATA_INVALID


def test_scripts_need_not_be_there(tmp_path: Path) -> None:
    assert check(tmp_path, signed(**{"validate_model.py": "0" * 64})) == ()


def test_no_manifest_is_a_note_or_a_refusal_by_policy(tmp_path: Path) -> None:
    assert [note.code for note in check(tmp_path / "a", service_files())] == ["manifest_absent"]
    assert refusal(tmp_path / "b", service_files(), require_manifest=True) is Code.HASH_MISSING


def test_an_extra_without_hash_is_noted(tmp_path: Path) -> None:
    files = {**deployment_files(), "probe_rows.json": dumped({})}
    assert [note.code for note in check(tmp_path, files)] == ["hash_absent"]
