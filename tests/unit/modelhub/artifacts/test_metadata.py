import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhub.artifacts.intake import stage
from modelhub.artifacts.labels import RESERVED, check_label, label_from_name
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.metadata import read_metadata
from modelhub.artifacts.types import PackageForm, PackageMetadata
from modelhub.errors import Code, PackageRefused
from tests.unit.modelhub.artifacts.package_building import (
    NAMES,
    as_entries,
    command_line_files,
    deployment_files,
    dumped,
    flat,
    nested,
    service_files,
    write_folder,
    zip_bytes,
)

_serial = iter(range(10**9))


def read(tmp_path: Path, files: Mapping[str, bytes], name: str = "openssh_if") -> PackageMetadata:
    root = tmp_path / str(next(_serial))
    root.mkdir()
    if name.endswith(".zip"):
        (root / name).write_bytes(zip_bytes(as_entries(files)))
    else:
        write_folder(root / name, files)
    return read_metadata(stage(root, (name,), root / ".staging", limits=Limits(free_bytes=0)))


def refusal(tmp_path: Path, files: Mapping[str, bytes], name: str = "openssh_if") -> PackageRefused:
    with pytest.raises(PackageRefused) as refused:
        read(tmp_path, files, name)
    return refused.value


def changed(path: str, value: Any) -> dict[str, bytes]:
    """A service package with one metadata field replaced."""
    metadata = copy.deepcopy(nested())
    *parents, last = path.split(".")
    section = metadata
    for parent in parents:
        section = section[parent]
    section[last] = value
    return {**service_files(), "metadata.json": dumped(metadata)}


def codes(metadata: PackageMetadata) -> list[str]:
    return [note.code for note in metadata.notes]


def test_a_service_package(tmp_path: Path) -> None:
    metadata = read(tmp_path, service_files())
    assert metadata.form is PackageForm.SERVICE
    assert metadata.label == "20260101_120000"
    assert metadata.feature_names == tuple(NAMES)
    assert metadata.created_at == datetime(2026, 1, 1, 12, 0, 0, 1)
    assert metadata.training_samples == 100
    assert (metadata.threshold, metadata.threshold_source) == (0.52, "metadata")
    assert metadata.metrics["accuracy"] is None
    assert metadata.metrics["score_mean"] == 0.46
    assert metadata.parameters == {"n_estimators": 100}
    assert metadata.notes == ()


def test_a_command_line_package_takes_its_label_from_the_folder(tmp_path: Path) -> None:
    metadata = read(tmp_path, command_line_files())
    assert metadata.form is PackageForm.COMMAND_LINE
    assert metadata.label == "openssh_if"
    assert (metadata.threshold, metadata.threshold_source, metadata.training_samples) == (None, "", None)
    assert metadata.metrics == {}
    assert metadata.feature_names == tuple(NAMES)


def test_a_deployment_package_takes_the_threshold_from_the_manifest(tmp_path: Path) -> None:
    metadata = read(tmp_path, deployment_files(inference_config={"threshold": 0.6}))
    assert metadata.form is PackageForm.DEPLOYMENT
    assert (metadata.threshold, metadata.threshold_source) == (0.6, "manifest")
    assert metadata.raw["deployment_manifest.json"]["inference_config"] == {"threshold": 0.6}


def test_flat_metadata_in_a_zip_takes_its_label_from_the_zip(tmp_path: Path) -> None:
    assert read(tmp_path, command_line_files(), "model_v7_deployment.zip").label == "v7"
    assert read(tmp_path, command_line_files(), "wifi.zip").label == "wifi"


def test_environment_and_unknown_keys_are_kept(tmp_path: Path) -> None:
    files = deployment_files(
        nested(environment={"sklearn": "1.9.1"}, new={"x": 1}), environment={"python": "3.11"}
    )
    metadata = read(tmp_path, files)
    assert metadata.environment == {"python": "3.11", "sklearn": "1.9.1"}
    assert metadata.raw["metadata.json"]["new"] == {"x": 1}


NULLABLE = [
    "model_info.export_file",
    "model_info.training_id",
    "training_info.export_file_size",
    "training_info.training_duration",
    "deployment_info.deployed_at",
    "deployment_info.deployed_by",
    "evaluation_info.basic_metrics.accuracy",
    "evaluation_info.basic_metrics.threshold_value",
]


@pytest.mark.parametrize("field", NULLABLE)
def test_null_is_allowed_where_the_format_allows_it(field: str, tmp_path: Path) -> None:
    assert read(tmp_path, changed(field, None)).label == "20260101_120000"


WRONG: list[tuple[str, Any]] = [
    ("model_info", []),
    ("model_info", None),
    ("model_info.version", None),
    ("model_info.version", 7),
    ("model_info.created_at", 1.5),
    ("model_info.model_type", None),
    ("model_info.model_type", "x" * 200),
    ("model_info.training_source", None),
    ("model_info.export_file", 1),
    ("training_info.training_samples", "100"),
    ("training_info.training_samples", 1.5),
    ("training_info.training_samples", True),
    ("training_info.training_samples", None),
    ("training_info.feature_names", "one"),
    ("training_info.feature_names", [1, 2]),
    ("training_info.feature_names", ["one", "one"]),
    ("training_info.feature_names", [""]),
    ("training_info.feature_names", None),
    ("training_info.model_parameters", []),
    ("evaluation_info.basic_metrics.score_mean", "0.4"),
    ("evaluation_info.basic_metrics.accuracy", False),
    ("evaluation_info.basic_metrics", 3),
    ("deployment_info.status", 3),
    ("environment", {"sklearn": 1}),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_type_is_refused_by_the_name_of_its_field(field: str, value: Any, tmp_path: Path) -> None:
    error = refusal(tmp_path, changed(field, value))
    assert error.code is Code.METADATA_INVALID
    assert field.rpartition(".")[2] in error.detail


@pytest.mark.parametrize(
    "data",
    [b"{,,}", b"[]", b'{"a": NaN}', b"\xff\xfe{", b'{"a":1,"a":1}', b"[" * 5000, b"", b'{"a":"\\ud800"}'],
)
@pytest.mark.parametrize("name", ["metadata.json", "deployment_manifest.json"])
def test_hostile_json_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    error = refusal(tmp_path, {**deployment_files(), name: data})
    assert error.code is Code.METADATA_INVALID
    assert name in error.detail


def test_features_json_must_be_a_list_of_names(tmp_path: Path) -> None:
    error = refusal(tmp_path, {**command_line_files(), "features.json": b'{"a": 1}'})
    assert error.code is Code.METADATA_INVALID
    assert "features.json" in error.detail


LABELS = ["a/b", "..", "a\x00", "<b>", "x" * 300, "", "é", "v1 ", "-v", "import-latest", "Predict"]


@pytest.mark.parametrize("label", LABELS)
def test_a_label_outside_the_grammar_or_reserved_is_refused(label: str, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as refused:
        check_label(label)
    assert refused.value.code is Code.VERSION_INVALID
    if "\x00" not in label:
        assert refusal(tmp_path, changed("model_info.version", label)).code is Code.VERSION_INVALID


def test_every_reserved_word_is_refused() -> None:
    for word in RESERVED:
        with pytest.raises(PackageRefused):
            check_label(word)
    assert check_label("v1.0+build-2") == "v1.0+build-2"


def test_labels_from_names() -> None:
    assert label_from_name("model_20261122_210422_deployment.zip") == "20261122_210422"
    assert label_from_name("model_v1_deployment") == "v1"
    assert label_from_name("openssh_if") == "openssh_if"
    assert label_from_name("x.ZIP") == "x"


@pytest.mark.parametrize("version", ["9.0", "2", "", "1.x", "10.0", "<1>"])
def test_an_unknown_format_is_refused(version: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, deployment_files(package_format_version=version)).code is Code.FORMAT_UNSUPPORTED


@pytest.mark.parametrize("version", ["1.0", "1", "1.12"])
def test_every_format_1_is_read(version: str, tmp_path: Path) -> None:
    assert read(tmp_path, deployment_files(package_format_version=version)).form is PackageForm.DEPLOYMENT


def test_names_in_another_order_are_a_mismatch(tmp_path: Path) -> None:
    other = dumped(NAMES[::-1])
    assert refusal(tmp_path, {**command_line_files(), "features.json": other}).code is Code.FEATURE_MISMATCH
    files = deployment_files(training_info={"feature_names": NAMES[::-1]})
    assert refusal(tmp_path, files).code is Code.FEATURE_MISMATCH
    assert refusal(tmp_path, command_line_files(feature_count=4)).code is Code.FEATURE_MISMATCH


def test_absent_names_are_noted_never_guessed(tmp_path: Path) -> None:
    metadata = nested()
    del metadata["training_info"]["feature_names"]
    result = read(tmp_path, {**service_files(), "metadata.json": dumped(metadata)})
    assert result.feature_names == ()
    assert codes(result) == ["feature_names_absent"]


SUSPECT: list[tuple[str, Any]] = [
    ("evaluation_info.basic_metrics.accuracy", 7),
    ("evaluation_info.basic_metrics.anomaly_ratio", -0.1),
    ("evaluation_info.basic_metrics.score_std", -1.0),
    ("evaluation_info.basic_metrics.score_min", 0.9),
    ("training_info.training_samples", -5),
    ("model_info.created_at", "yesterday"),
    ("model_info.created_at", "0001-01-01T00:00:00"),
]


@pytest.mark.parametrize(("field", "value"), SUSPECT)
def test_an_impossible_claim_is_noted_and_never_an_error(field: str, value: Any, tmp_path: Path) -> None:
    result = read(tmp_path, changed(field, value))
    assert codes(result) == ["metadata_suspect"]
    assert result.training_samples is None or result.training_samples >= 0


def test_a_time_with_a_zone_keeps_it(tmp_path: Path) -> None:
    result = read(tmp_path, changed("model_info.created_at", "2026-01-01T12:00:00+00:00"))
    assert result.created_at == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_manifest_of_another_version_is_noted(tmp_path: Path) -> None:
    result = read(tmp_path, deployment_files(model_version="other"))
    assert result.label == "20260101_120000"
    assert codes(result) == ["metadata_suspect"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
DECLARED_CODES = {Code.METADATA_INVALID, Code.VERSION_INVALID, Code.FEATURE_MISMATCH}


def verdict(tmp_path: Path, files: Mapping[str, bytes]) -> Code | None:
    """None where the package is read; anything but PackageRefused escapes."""
    try:
        read(tmp_path, files)
    except PackageRefused as error:
        return error.code
    return None


FIELDS = [
    *(f"model_info.{key}" for key in nested()["model_info"]),
    *(f"training_info.{key}" for key in nested()["training_info"]),
    *(f"evaluation_info.{key}" for key in nested()["evaluation_info"]),
    *nested(),
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIELDS), JSON)
def test_any_value_in_any_field_is_read_or_refused(tmp_path: Path, field: str, value: Any) -> None:
    assert verdict(tmp_path, changed(field, value)) in {None, *DECLARED_CODES}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(flat())), JSON)
def test_any_value_in_flat_metadata_is_read_or_refused(tmp_path: Path, field: str, value: Any) -> None:
    assert verdict(tmp_path, command_line_files(**{field: value})) in {None, *DECLARED_CODES}
