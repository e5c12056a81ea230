from collections.abc import Mapping
from pathlib import Path

from modelhub.artifacts.identity import content_digest
from modelhub.artifacts.intake import stage
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.metadata import read_metadata
from tests.unit.modelhub.artifacts.package_building import (
    as_entries,
    command_line_files,
    deployment_files,
    dumped,
    nested,
    service_files,
    write_folder,
    zip_bytes,
)

_serial = iter(range(10**9))
DEPLOYED = {"status": "deployed", "deployed_at": "2026-01-02T00:00:00", "deployed_by": "ops"}


def digest(tmp_path: Path, files: Mapping[str, bytes], name: str = "v1") -> str:
    root = tmp_path / str(next(_serial))
    root.mkdir()
    if name.endswith(".zip"):
        (root / name).write_bytes(zip_bytes(as_entries(files)))
    else:
        write_folder(root / name, files)
    staged = stage(root, (name,), root / ".staging", limits=Limits(free_bytes=0))
    return content_digest(staged, read_metadata(staged))


def test_a_service_folder_and_its_deployment_zip_are_one_content(tmp_path: Path) -> None:
    plain = digest(tmp_path, service_files())
    assert len(plain) == 64
    deployed = deployment_files(nested(deployment_info=DEPLOYED))
    assert digest(tmp_path, deployed, "model_x_deployment.zip") == plain
    assert digest(tmp_path, deployed, "unpacked") == plain


def test_a_stand_in_for_an_unknown_threshold_makes_no_other_content(tmp_path: Path) -> None:
    unmeasured = nested(evaluation_info={"basic_metrics": {"threshold_value": None}})
    plain = digest(tmp_path, {**service_files(), "metadata.json": dumped(unmeasured)})
    assert digest(tmp_path, deployment_files(unmeasured, inference_config={"threshold": 0.5})) == plain
    assert digest(tmp_path, deployment_files(unmeasured, inference_config={"threshold": 0.51})) != plain


def test_a_command_line_package_keeps_its_identity_under_another_name(tmp_path: Path) -> None:
    assert digest(tmp_path, command_line_files(), "a") == digest(tmp_path, command_line_files(), "b.zip")


def test_everything_that_decides_a_score_or_a_claim_changes_the_digest(tmp_path: Path) -> None:
    unscaled = service_files()
    del unscaled["scaler.joblib"]
    changed_metadata = nested()
    changed_metadata["training_info"]["training_samples"] = 101
    packages = [
        service_files(),
        {**service_files(), "model.joblib": b"other"},
        {**service_files(), "scaler.joblib": b"other"},
        unscaled,
        {**service_files(), "metadata.json": dumped(changed_metadata)},
        deployment_files(inference_config={"threshold": 0.6}),
        {**service_files(), "probe_rows.json": b"{}"},
        {**service_files(), "calibration_scores.json": b"{}"},
        {**service_files(), "reference_profile.json": b"{}"},
    ]
    digests = [digest(tmp_path, files) for files in packages]
    assert len(set(digests)) == len(packages)
