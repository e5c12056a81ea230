"""Preparing a package: names are never guessed, the trainer's scores come out again, claims are checked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelhub.artifacts import intake, quarantine
from modelhub.artifacts.prepare import InspectedPackage, inspect, prepare
from modelhub.artifacts.types import Conversion, PreparedPackage, Role
from modelhub.errors import Code, PackageRefused
from tests import packages

SCORER = "inference.runtimes.catalog.score_safe_form"


@pytest.fixture(scope="module")
def conversion(tmp_path_factory: pytest.TempPathFactory) -> Conversion:
    """The real conversion of the package of seed 0; it costs about a second, so it runs once."""
    folder = packages.write_folder(tmp_path_factory.mktemp("conversion") / "p", packages.service_members())
    return quarantine.convert(
        folder / "model.joblib",
        folder / "scaler.joblib",
        names=tuple(packages.NAMES),
        limits=quarantine.Limits(),
        scorer=SCORER,
    )


def inspected(folder: Path, members: dict[str, bytes]) -> InspectedPackage:
    packages.write_folder(folder / "p", members)
    staged = intake.stage(folder, ("p",), folder / "staging")
    return inspect(staged, require_manifest=False, on_step=lambda step: None)


def prepared(folder: Path, members: dict[str, bytes], conversion: Conversion | None) -> PreparedPackage:
    """Prepared with that conversion, or with a real one of its own."""
    kept = (lambda *args, **kwargs: conversion) if conversion else quarantine.convert
    return prepare(
        inspected(folder, members),
        limits=quarantine.Limits(),
        scorer=SCORER,
        on_step=lambda step: None,
        convert=kept,
    )


def with_probe(scores: list[float], /, **more: Any) -> dict[str, bytes]:
    rows = packages.fit().rows[: len(scores)].tolist()
    probe = packages.encoded({"rows": rows, "scores": scores} | more)
    return packages.service_members() | {"probe_rows.json": probe}


def test_a_prepared_package_holds_originals_safe_forms_threshold_and_curve(
    tmp_path: Path, conversion: Conversion
) -> None:
    result = prepared(tmp_path, packages.deployment_members(), conversion)
    assert set(result.files) == {Role.ORIGINAL_MODEL, Role.ORIGINAL_SCALER, Role.METADATA, Role.MANIFEST}
    assert set(result.blobs) == {Role.ESTIMATORS, Role.FOREST_TABLES}
    assert result.threshold == packages.fit().threshold
    assert result.threshold_source == "manifest"
    assert result.calibration["kind"] == "statistics"
    assert result.metadata.feature_names == tuple(packages.NAMES)


def test_steps_are_told_in_order_and_hashes_come_before_the_quarantine(
    tmp_path: Path, conversion: Conversion
) -> None:
    steps: list[str] = []
    packages.write_folder(tmp_path / "p", packages.service_members())
    staged = intake.stage(tmp_path, ("p",), tmp_path / "staging")
    found = inspect(staged, require_manifest=False, on_step=steps.append)
    prepare(
        found,
        limits=quarantine.Limits(),
        scorer=SCORER,
        on_step=steps.append,
        convert=lambda *args, **kwargs: conversion,
    )
    assert steps == ["metadata", "integrity", "quarantine", "parity", "calibration"]


def test_the_trainers_own_scores_must_come_out_again(tmp_path: Path, conversion: Conversion) -> None:
    scores = packages.fit().scores[:5].tolist()
    assert prepared(tmp_path / "a", with_probe(scores), None)
    with pytest.raises(PackageRefused, match="1 of the package's 5") as refused:
        prepared(tmp_path / "b", with_probe([scores[0] + 1e-8, *scores[1:]]), None)
    assert refused.value.code == Code.PARITY_FAILED


def test_probe_rows_of_another_width_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="1 columns") as refused:
        prepared(tmp_path, with_probe([0.5], rows=[[1.0]]), None)
    assert refused.value.code == Code.METADATA_INVALID


@pytest.mark.parametrize(
    "probe",
    [
        {"rows": [1.0]},
        {"rows": 5},
        {"rows": True},
        {"rows": "x"},
        {"rows": [[[1.0]]]},
        {"rows": [[1.0], [1.0, 2.0]]},
        {"rows": [[True] * 32] * 5},
        {"rows": [[1.0] * 32] * 1001},
        {"scores": [1]},
        {"scores": 5},
    ],
)
def test_malformed_probe_rows_are_refused(probe: Any, tmp_path: Path, conversion: Conversion) -> None:
    with pytest.raises(PackageRefused) as refused:
        prepared(tmp_path, with_probe(packages.fit().scores[:5].tolist(), **probe), conversion)
    assert refused.value.code == Code.METADATA_INVALID


def test_scores_of_the_training_make_the_better_curve(tmp_path: Path, conversion: Conversion) -> None:
    scores = packages.encoded({"scores": packages.fit().scores.tolist()})
    members = packages.service_members() | {"calibration_scores.json": scores}
    assert prepared(tmp_path, members, conversion).calibration["kind"] == "scores"


@pytest.mark.parametrize("scores", [5, True, "x", {"scores": 7}, {}, [[1.0]], []])
def test_malformed_calibration_scores_are_refused(
    scores: Any, tmp_path: Path, conversion: Conversion
) -> None:
    members = packages.service_members() | {"calibration_scores.json": packages.encoded(scores)}
    with pytest.raises(PackageRefused) as refused:
        prepared(tmp_path, members, conversion)
    assert refused.value.code == Code.METADATA_INVALID


def test_a_package_that_names_no_features_takes_them_from_the_scaler(
    tmp_path: Path, conversion: Conversion
) -> None:
    result = prepared(tmp_path, nameless(), conversion)
    assert result.metadata.feature_names == tuple(packages.NAMES)
    assert "feature_names_absent" in {note.code for note in result.notes}


@pytest.mark.parametrize(
    "facts", [{"feature_names": ()}, {"feature_names": tuple(packages.NAMES[:31])}, {"n_features": 31}]
)
def test_features_that_nobody_names_or_that_disagree_are_refused(
    facts: Any, tmp_path: Path, conversion: Conversion
) -> None:
    other = replace(conversion, facts=replace(conversion.facts, **facts))
    with pytest.raises(PackageRefused) as refused:
        prepared(tmp_path, nameless(), other)
    assert refused.value.code == Code.FEATURE_MISMATCH


def test_another_class_than_the_declared_one_is_noted(tmp_path: Path, conversion: Conversion) -> None:
    other = replace(conversion, facts=replace(conversion.facts, estimator="OneClassSVM"))
    assert "model_type_differs" in {
        note.code for note in prepared(tmp_path, packages.service_members(), other).notes
    }
    honest = prepared(tmp_path / "honest", packages.service_members(), conversion)
    assert "model_type_differs" not in {note.code for note in honest.notes}


def nameless() -> dict[str, bytes]:
    metadata = packages.metadata()
    del metadata["training_info"]["feature_names"]
    return packages.service_members() | {"metadata.json": packages.encoded(metadata)}
