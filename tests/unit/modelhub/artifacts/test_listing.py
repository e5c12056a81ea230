import os
from pathlib import Path

import pytest

from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import ListedPackage, list_packages
from modelhub.errors import Unavailable
from tests.unit.modelhub.artifacts.package_building import (
    MODEL,
    Raw,
    as_entries,
    command_line_files,
    deployment_files,
    service_files,
    write_folder,
    zip_bytes,
)


def listed(root: Path) -> dict[str, ListedPackage]:
    return {"/".join(package.segments): package for package in list_packages(root)}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models directory as a training service leaves it, with all that can go wrong in one."""
    models = tmp_path / "models"
    write_folder(models / "20260101_120000", service_files())
    write_folder(models / "openssh_if", command_line_files())
    write_folder(models / "half_written", {"model.joblib": MODEL})
    write_folder(models / "broken_json", {**service_files(), "metadata.json": b"{,,}"})
    write_folder(models / "damaged", {**deployment_files(), "model.joblib": b"other"})
    write_folder(models / "with space", service_files())
    write_folder(models / "foreign", {"notes.docx": b"x"})
    (models / "empty").mkdir()
    (models / "latest").symlink_to("20260101_120000")
    (models / "model_registry.json").write_text("{}")
    (models / "upload.zip").write_bytes(b"no zip")
    (models / "deployments").mkdir()
    good = zip_bytes(as_entries(deployment_files()))
    (models / "deployments" / "model_20260101_120000_deployment.zip").write_bytes(good)
    bomb = zip_bytes([*as_entries(service_files()), Raw(b"big.bin", bytes(10_000_000))])
    (models / "deployments" / "bomb.zip").write_bytes(bomb)
    return models


def test_every_package_is_listed_with_what_is_wrong(models: Path) -> None:
    problems = {path: package.problem and package.problem.code for path, package in listed(models).items()}
    assert problems == {
        "20260101_120000": None,
        "openssh_if": None,
        "deployments/model_20260101_120000_deployment.zip": None,
        "half_written": "package_missing_file",
        "broken_json": "metadata_invalid",
        "damaged": "hash_mismatch",
        "with space": "path_invalid",
        "latest": "path_symlink",
        "upload.zip": "package_not_zip",
        "deployments/bomb.zip": "package_file_too_large",
    }


def test_one_content_has_one_digest_in_every_form(models: Path) -> None:
    packages = listed(models)
    folder, archive = (
        packages["20260101_120000"],
        packages["deployments/model_20260101_120000_deployment.zip"],
    )
    assert folder.digest == archive.digest
    assert folder.label == archive.label == "20260101_120000"
    assert folder.training_samples == 100
    assert folder.metrics["score_mean"] == 0.46
    assert folder.modified_at.tzinfo is not None


def test_a_service_root_with_a_models_folder_lists_the_same(models: Path) -> None:
    below = {path.removeprefix("models/"): package.digest for path, package in listed(models.parent).items()}
    assert below == {path: package.digest for path, package in listed(models).items()}


def test_a_linked_member_hides_nothing(models: Path) -> None:
    (models / "20260101_120000" / "scaler.joblib").unlink()
    (models / "20260101_120000" / "scaler.joblib").symlink_to("/etc/hostname")
    packages = listed(models)
    problem = packages["20260101_120000"].problem
    assert problem is not None
    assert problem.code == "path_symlink"
    assert packages["openssh_if"].problem is None


def test_a_folder_that_may_not_be_read_is_listed_and_hides_nothing(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def locked(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "openssh_if":  # chmod would not keep root out
            raise PermissionError(13, "Permission denied")
        return real(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", locked)
    packages = listed(models)
    problem = packages["openssh_if"].problem
    assert problem is not None
    assert problem.code == "package_not_found"
    assert "permissions" in problem.detail
    assert packages["20260101_120000"].problem is None


@pytest.mark.parametrize("name", ["models", "deployments"])
def test_an_unreadable_folder_of_packages_is_listed_and_hides_nothing(
    name: str, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def locked(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == name:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, mode, dir_fd=dir_fd)

    write_folder(models.parent / "beside", service_files())
    monkeypatch.setattr(os, "open", locked)
    packages = listed(models.parent)
    path = {"models": "models", "deployments": "models/deployments"}[name]
    problem = packages[path].problem
    assert problem is not None
    assert problem.code == "package_not_found"
    assert packages["beside"].problem is None


def test_a_scan_writes_nothing_to_the_source(models: Path) -> None:
    before = {path: path.lstat().st_mtime_ns for path in models.rglob("*")}
    assert listed(models)
    assert {path: path.lstat().st_mtime_ns for path in models.rglob("*")} == before


def test_a_full_disk_does_not_make_packages_look_broken(models: Path) -> None:
    first = next(list_packages(models, limits=Limits(free_bytes=2**60)))
    assert first.problem is None


def test_a_policy_that_requires_a_manifest_shows_in_the_listing(models: Path) -> None:
    packages = {"/".join(p.segments): p for p in list_packages(models, require_manifest=True)}
    problem = packages["20260101_120000"].problem
    assert problem is not None
    assert problem.code == "hash_missing"
    assert packages["deployments/model_20260101_120000_deployment.zip"].problem is None


def test_a_missing_root_is_an_unavailable_source(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        listed(tmp_path / "gone")
