"""Documents of both kinds are read strictly; what cannot be used is said, nothing is guessed or opened."""

import json
from typing import Any

import pytest

from modelhub.errors import Code, InputInvalid
from modelhub.registry import documentreading
from modelhub.registry.documentparts import Document, Shape

ENTRY = {"path": "models/a", "created_at": "2026-11-22T21:04:22", "metrics": {"f1_score": None}}
VERSION = {
    "version": "1.0.0",
    "digest": "a" * 64,
    "feature_names": [],
    "metrics": {},
    "artifacts": {},
    "metadata": {},
}


def read(content: Any) -> Document:
    return documentreading.read(json.dumps(content).encode())


def ours(**changes: Any) -> dict[str, Any]:
    model = {"name": "wifi", "versions": [VERSION], "aliases": {}} | changes
    return {"document": "modelhub-registry", "schema": 1, "models": [model]}


def test_a_mapping_by_version_is_read() -> None:
    found = read({"20261122_210422": ENTRY})
    assert found.shape is Shape.SERVICE
    assert [(entry.label, entry.path, entry.problem) for entry in found.entries] == [
        ("20261122_210422", ("models", "a"), "")
    ]


def test_a_list_under_models_is_read() -> None:
    found = read({"models": [ENTRY | {"version": "1.0"}, {"version": "2.0"}]})
    assert [entry.label for entry in found.entries] == ["1.0", "2.0"]
    assert found.entries[1].remark == "The document gives no path."


def test_both_shapes_in_one_file_are_read_and_other_keys_named() -> None:
    found = read({"models": [ENTRY | {"version": "1.0"}], "2.0": ENTRY, "last_updated": "now"})
    assert [entry.label for entry in found.entries] == ["1.0", "2.0"]
    assert found.ignored == ("last_updated",)


def test_the_status_is_not_read() -> None:
    entry = read({"1.0": ENTRY | {"status": "deployed"}}).entries[0]
    assert "status" not in entry.says


@pytest.mark.parametrize(
    "path",
    [
        "/home/dev/models/a",
        "C:/models/a",
        "\\\\server\\models",
        "../a",
        "models/../../a",
        "models/tmpab12cd34",
    ],
)
def test_a_path_of_another_machine_or_a_temporary_one_is_no_path(path: str) -> None:
    entry = read({"1.0": ENTRY | {"path": path}}).entries[0]
    assert entry.path == ()
    assert entry.remark


def test_a_model_file_stands_for_its_package() -> None:
    assert read({"1.0": {"model_path": "models/a/model.joblib"}}).entries[0].path == ("models", "a")


@pytest.mark.parametrize("label", ["tmpab12cd34", "tmpab12cd34.zip", "a b", "analyze", "", "../x"])
def test_a_name_that_is_no_version_is_unusable(label: str) -> None:
    assert read({label: ENTRY}).entries[0].problem


def test_the_second_description_of_a_version_is_unusable() -> None:
    found = read({"models": [ENTRY | {"version": "1.0"}], "1.0": ENTRY})
    assert [bool(entry.problem) for entry in found.entries] == [False, True]


def test_our_own_document_is_read_with_its_aliases() -> None:
    found = read(ours(aliases={"shadow": {"version": "1.0.0", "digest": "a" * 64}}))
    assert found.shape is Shape.HUB
    assert (found.entries[0].model, found.entries[0].digest) == ("wifi", "a" * 64)
    assert [(alias.model, alias.name) for alias in found.aliases] == [("wifi", "shadow")]


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({}, ""),
        ({"last_updated": "now"}, ""),
        ({"models": 3}, "/models"),
        ({"models": ["x"]}, "/models/0"),
        ({"models": [{"path": "a"}]}, "/models/0/version"),
        ({"a/b": {"path": 3}}, "/a~1b/path"),
        ({"1.0": ENTRY | {"metrics": [1]}}, "/1.0/metrics"),
        ({"1.0": ENTRY | {"created_at": 3}}, "/1.0/created_at"),
        ({"document": "other"}, "/document"),
        ({"document": "modelhub-registry", "schema": 2}, "/schema"),
        ({"document": "modelhub-registry", "schema": 1}, "/models"),
        (ours(name="a b"), "/models/0/name"),
        (ours(versions=[VERSION | {"digest": "A" * 64}]), "/models/0/versions/0/digest"),
        (ours(versions=[VERSION | {"metadata": None}]), "/models/0/versions/0/metadata"),
        (ours(aliases={"shadow": "1.0.0"}), "/models/0/aliases/shadow"),
    ],
)
def test_a_malformed_document_is_refused_with_the_place(content: Any, pointer: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        read(content)
    assert refused.value.code == Code.BODY_INVALID
    assert [error.pointer for error in refused.value.errors] == [pointer]


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_strict_json_is_refused(data: bytes) -> None:
    with pytest.raises(InputInvalid) as refused:
        documentreading.read(data)
    assert refused.value.code == Code.JSON_INVALID
