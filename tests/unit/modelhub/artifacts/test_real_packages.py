"""The training service's own packages, sound and broken, judged without opening a pickle."""

from pathlib import Path

import pytest

from modelhub.artifacts.identity import content_digest
from modelhub.artifacts.intake import stage
from modelhub.artifacts.integrity import verify
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import list_packages
from modelhub.artifacts.metadata import read_metadata
from modelhub.errors import PackageRefused

pytestmark = pytest.mark.shared_data

STATIC_VERDICTS = {
    "00-control-valid": "",
    "03-wrong-sha256": "hash_mismatch",
    "04-metadata-changed-after-signing": "hash_mismatch",
    "05-metadata-no-feature-names": "",
    "07-invalid-json-metadata": "metadata_invalid",
    "08-missing-model": "package_missing_file",
    "11-nan-and-infinity-in-json": "metadata_invalid",
    "13-manifest-lists-absent-file": "hash_missing",
    "18-unknown-format-version": "format_unsupported",
    "30-truncated.zip": "package_not_zip",
    "31-path-traversal.zip": "package_bad_name",
    "32-oversized-member.zip": "package_file_too_large",
    "33-conflicting-duplicate-manifests.zip": "",
}


def judge(root: Path, name: str, staging: Path) -> tuple[str, list[str], str]:
    """Code of the refusal, codes of the notes, digest."""
    try:
        staged = stage(root, tuple(name.split("/")), staging, limits=Limits(free_bytes=0))
        metadata = read_metadata(staged)
        notes = [*staged.notes, *metadata.notes, *verify(staged, metadata)]
    except PackageRefused as error:
        return error.code.value, [], ""
    return "", [note.code for note in notes], content_digest(staged, metadata)


@pytest.mark.parametrize("name", STATIC_VERDICTS)
def test_the_static_verdict_on_a_broken_package(name: str, shared_data: Path, tmp_path: Path) -> None:
    code, _, _ = judge(shared_data / "packages" / "broken", name, tmp_path / "staging")
    assert code == STATIC_VERDICTS[name]
    assert [path.name for path in tmp_path.iterdir()] in ([], ["staging"])


def test_what_is_accepted_with_a_warning_says_so(shared_data: Path, tmp_path: Path) -> None:
    broken = shared_data / "packages" / "broken"
    assert judge(broken, "05-metadata-no-feature-names", tmp_path / "a")[1] == [
        "feature_names_absent",
        "manifest_absent",
    ]
    assert judge(broken, "33-conflicting-duplicate-manifests.zip", tmp_path / "b")[1] == [
        "manifest_duplicate"
    ]
    assert judge(broken, "00-control-valid", tmp_path / "c")[1] == []


def test_one_real_content_has_one_digest_in_all_its_forms(shared_data: Path, tmp_path: Path) -> None:
    forms = [
        "training-root/models/20261122_210422",
        "training-root/models/deployments/model_20261122_210422_deployment.zip",
        "deployment-wifi",
    ]
    digests = {judge(shared_data / "packages", form, tmp_path / str(i))[2] for i, form in enumerate(forms)}
    assert len(digests) == 1
    assert "" not in digests


def test_the_training_root_lists_its_six_packages(shared_data: Path) -> None:
    packages = list(list_packages(shared_data / "packages" / "training-root"))
    assert {package.segments[-1]: package.label for package in packages} == {
        "20261122_210422": "20261122_210422",
        "20261122_210433": "20261122_210433",
        "20261122_210445": "20261122_210445",
        "local_outlier_factor_wifi_dev_dedup": "local_outlier_factor_wifi_dev_dedup",
        "openssh_if": "openssh_if",
        "model_20261122_210422_deployment.zip": "20261122_210422",
    }
    assert all(package.problem is None and package.digest for package in packages)
    assert packages[0].training_samples == 562


def test_the_broken_folder_lists_what_is_sound_beside_what_is_not(shared_data: Path) -> None:
    packages = {p.segments[-1]: p for p in list_packages(shared_data / "packages" / "broken")}
    assert len(packages) == 24
    for name, code in STATIC_VERDICTS.items():
        problem = packages[name].problem
        assert (problem.code if problem else "") == code
