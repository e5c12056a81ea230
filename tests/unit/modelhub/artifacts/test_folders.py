import os
from pathlib import Path

import pytest

from modelhub.artifacts.intake import stage
from modelhub.artifacts.layout import PICKLES
from modelhub.artifacts.limits import Limits
from modelhub.errors import Code, ModelhubError, StorageFull
from tests.unit.modelhub.artifacts.package_building import (
    as_entries,
    service_files,
    write_folder,
    zip_bytes,
)

ROOMY = Limits(free_bytes=0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_folder(tmp_path / "source" / "v1", service_files())
    return tmp_path / "source"


def refusal(source: Path, tmp_path: Path, *segments: str, limits: Limits = ROOMY) -> Code:
    with pytest.raises(ModelhubError) as refused:
        stage(source, segments or ("v1",), tmp_path / "staging", limits=limits)
    staging = tmp_path / "staging"
    assert not staging.exists() or list(staging.iterdir()) == []
    return refused.value.code


def test_a_folder_is_copied_and_hashed(source: Path, tmp_path: Path) -> None:
    staged = stage(source, ("v1",), tmp_path / "staging", limits=ROOMY)
    assert {name: file.path.read_bytes() for name, file in staged.files.items()} == service_files()
    assert staged.label_hint == "v1"
    assert staged.notes == ()


def test_a_zip_in_a_folder_is_staged_by_the_same_call(source: Path, tmp_path: Path) -> None:
    (source / "v1.zip").write_bytes(zip_bytes(as_entries(service_files())))
    folder = stage(source, ("v1",), tmp_path / "a", limits=ROOMY)
    zipped = stage(source, ("v1.zip",), tmp_path / "b", limits=ROOMY)
    assert {n: f.sha256 for n, f in folder.files.items()} == {n: f.sha256 for n, f in zipped.files.items()}


def test_hash_only_members_are_measured_but_not_copied(source: Path, tmp_path: Path) -> None:
    full = stage(source, ("v1",), tmp_path / "a", limits=ROOMY)
    light = stage(source, ("v1",), tmp_path / "b", limits=ROOMY, hash_only=PICKLES)
    assert {n: (f.sha256, f.size) for n, f in full.files.items()} == {
        n: (f.sha256, f.size) for n, f in light.files.items()
    }
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["metadata.json"]


def test_other_files_are_left_and_named(source: Path, tmp_path: Path) -> None:
    write_folder(source / "v1", {"encoder.joblib": b"x", "README.md": b"#"})
    notes = stage(source, ("v1",), tmp_path / "staging", limits=ROOMY).notes
    assert [note.code for note in notes] == ["text_members_ignored", "files_ignored"]
    assert "encoder.joblib" in notes[1].detail


@pytest.mark.parametrize("name", ["model.joblib", "metadata.json"])
def test_a_half_written_folder_is_refused(name: str, source: Path, tmp_path: Path) -> None:
    (source / "v1" / name).unlink()
    assert refusal(source, tmp_path) is Code.PACKAGE_MISSING_FILE


def test_a_linked_member_is_refused_and_its_target_not_read(source: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (source / "v1" / "scaler.joblib").unlink()
    (source / "v1" / "scaler.joblib").symlink_to(secret)
    assert refusal(source, tmp_path) is Code.PATH_SYMLINK
    (source / "v1" / "scaler.joblib").unlink()
    os.link(secret, source / "v1" / "scaler.joblib")
    assert refusal(source, tmp_path) is Code.PATH_HARDLINK


def test_a_member_that_is_a_pipe_or_a_folder_is_refused(source: Path, tmp_path: Path) -> None:
    (source / "v1" / "scaler.joblib").unlink()
    os.mkfifo(source / "v1" / "scaler.joblib")
    assert refusal(source, tmp_path) is Code.PATH_NOT_REGULAR
    (source / "v1" / "scaler.joblib").unlink()
    (source / "v1" / "scaler.joblib").mkdir()
    assert refusal(source, tmp_path) is Code.PATH_NOT_REGULAR


def test_caps_hold_while_copying(source: Path, tmp_path: Path) -> None:
    small = Limits(free_bytes=0, model_bytes=100)
    assert refusal(source, tmp_path, limits=small) is Code.PACKAGE_FILE_TOO_LARGE
    total = sum(map(len, service_files().values()))
    assert refusal(source, tmp_path, limits=Limits(free_bytes=0, package_bytes=total - 1)) is (
        Code.PACKAGE_FILE_TOO_LARGE
    )


def test_a_full_disk_is_told_as_such_and_leaves_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(source, tmp_path, limits=Limits(free_bytes=2**60)) is Code.STORAGE_FULL
    real, calls = os.write, []

    def full_after_one(fd: int, data: bytes) -> int:
        calls.append(fd)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(fd, data)

    monkeypatch.setattr(os, "write", full_after_one)
    with pytest.raises(StorageFull):
        stage(source, ("v1",), tmp_path / "staging", limits=ROOMY)
    assert list((tmp_path / "staging").iterdir()) == []


def test_an_unknown_package_and_a_plain_file_are_refused(source: Path, tmp_path: Path) -> None:
    (source / "registry.json").write_text("{}")
    assert refusal(source, tmp_path, "nothing") is Code.PACKAGE_NOT_FOUND
    assert refusal(source, tmp_path, "registry.json") is Code.PACKAGE_NOT_ZIP
