"""A package is complete, self-consistent, and never half there."""

import hashlib
import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from inference.runtimes.forest import open_forest
from inference.training import description, packaging
from inference.training.fitting import FitSettings, FittedModel, fit
from modelhub.errors import Conflict, PackageRefused
from monitoring.drift import packaged
from tests.fitted import tables_of, training_rows

_NAMES = tuple("abcdef")


@pytest.fixture(scope="module")
def fitted() -> FittedModel:
    return fit(training_rows(400), _NAMES, settings=FitSettings(trees=10))


@pytest.fixture
def folder(fitted: FittedModel, tmp_path: Path) -> Path:
    packaging.write_package(fitted, tmp_path / "models" / "v1", label="v1", source="router.log")
    return tmp_path / "models" / "v1"


def _json(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def test_every_file_is_in_the_manifest_with_its_hash(folder: Path) -> None:
    hashes = _json(folder, "deployment_manifest.json")["file_integrity"]
    files = {path.name for path in folder.iterdir()} - {"deployment_manifest.json"}
    assert set(hashes) == files
    for name in files:
        assert hashes[name] == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_metadata_says_what_the_training_service_says_and_more(folder: Path, fitted: FittedModel) -> None:
    about = _json(folder, "metadata.json")
    metrics = about["evaluation_info"]["basic_metrics"]
    assert about["model_info"]["version"] == "v1"
    assert about["training_info"]["training_samples"] == 400
    assert about["training_info"]["feature_names"] == list(_NAMES)
    assert metrics["threshold_value"] == fitted.threshold
    assert metrics["roc_auc"] is None
    assert about["environment"].keys() == {"python", "sklearn", "numpy", "joblib"}
    assert about["novelty"] is True


def test_probe_rows_reproduce_their_scores(folder: Path, fitted: FittedModel) -> None:
    probes = _json(folder, "probe_rows.json")
    runtime = open_forest(tables_of(fitted.detector, fitted.scaler))
    assert len(probes["rows"]) == 20
    assert runtime.score(np.array(probes["rows"])).tolist() == probes["scores"]
    assert probes["scores"][0] == fitted.scores.min()
    assert probes["scores"][-1] == fitted.scores.max()


def test_calibration_scores_are_sorted_and_capped(
    fitted: FittedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(description, "MAX_CALIBRATION_SCORES", 50)
    packaging.write_package(fitted, tmp_path / "p", label="v1")
    scores = _json(tmp_path / "p", "calibration_scores.json")["scores"]
    assert len(scores) == 50
    assert scores == sorted(scores)
    assert (scores[0], scores[-1]) == (fitted.scores.min(), fitted.scores.max())


def test_the_reference_profile_counts_every_training_row_in_every_feature(
    folder: Path, fitted: FittedModel
) -> None:
    profile = packaged.from_json(_json(folder, "reference_profile.json"))
    again = profile.empty().add(fitted.features)
    assert profile.names == _NAMES
    assert [counts.tolist() for counts in profile.counts] == [counts.tolist() for counts in again.counts]


def test_the_reference_profile_takes_at_most_four_kilobytes_for_a_feature(folder: Path) -> None:
    assert (folder / "reference_profile.json").stat().st_size <= 4_096 * len(_NAMES)


def test_an_existing_folder_is_left_alone(fitted: FittedModel, folder: Path) -> None:
    before = sorted(path.stat().st_mtime_ns for path in folder.iterdir())
    with pytest.raises(Conflict):
        packaging.write_package(fitted, folder, label="v1")
    assert sorted(path.stat().st_mtime_ns for path in folder.iterdir()) == before


def test_a_failed_write_leaves_nothing_behind(
    fitted: FittedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(joblib, "dump", full)
    with pytest.raises(OSError, match="No space"):
        packaging.write_package(fitted, tmp_path / "v1", label="v1")
    assert list(tmp_path.glob(".*")) + list(tmp_path.glob("v1")) == []


def test_a_label_that_no_import_accepts_is_refused(fitted: FittedModel, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused):
        packaging.write_package(fitted, tmp_path / "v1", label="../up")


def test_the_label_defaults_to_the_time(fitted: FittedModel, tmp_path: Path) -> None:
    label = packaging.write_package(fitted, tmp_path / "v1")
    assert len(label) == 15
    assert label[8] == "_"
