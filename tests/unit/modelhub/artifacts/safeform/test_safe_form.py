"""Every supported estimator goes to its safe form and back with equal scores."""

import copy
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from modelhub.artifacts.quarantine import settling
from modelhub.artifacts.quarantine.loader import load as load_pickle
from modelhub.artifacts.quarantine.loader import resolve
from modelhub.artifacts.safeform import archive, estimators, flatten, packing, reference, structure, tables
from modelhub.errors import Code, PackageRefused
from tests.hostile import honest
from tests.hostile.broken import dumped


def _packed(name: str) -> bytes:
    model, scaler = (load_pickle(BytesIO(dumped(part)), resolve()) for part in honest.pair(name))
    return packing.pack(settling.settle_model(model), scaler and settling.settle_scaler(scaler))


@pytest.mark.parametrize("name", honest.NAMES)
def test_scores_survive_the_round_trip_bit_for_bit(name: str) -> None:
    rows = np.random.default_rng(3).standard_normal((200, 4)) * [1, 10, 100, 0.1] * 2 + 5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.random.seed(0)
        model, scaler = honest.pair(name)
        raw = [load_pickle(BytesIO(dumped(part)), resolve()) for part in (model, scaler)]
        data = packing.pack(settling.settle_model(raw[0]), raw[1] and settling.settle_scaler(raw[1]))
        loaded = estimators.load(data)
        scaled = rows if scaler is None else scaler.transform(rows)
        again = rows if loaded.scaler is None else loaded.scaler.transform(rows)
        np.testing.assert_array_equal(loaded.model.score_samples(again), model.score_samples(scaled))
        content = archive.read(data)
        if flatten.can_flatten(content["model"], content["scaler"]):
            flat = flatten.forest_tables(content["model"], content["scaler"])
            structure.check_tables(flat)
            flat = tables.parse(tables.dump(flat))
            expected = -model.score_samples(scaled)
            np.testing.assert_allclose(reference.score(flat, rows), expected, rtol=0, atol=1e-15)


def test_at_least_thirty_honest_models_are_tried() -> None:
    assert len(honest.NAMES) >= 30


def test_rows_on_thresholds_go_the_same_way() -> None:
    model, _ = honest.pair("forest+none")
    data = _packed("forest+none")
    content = archive.read(data)
    flat = flatten.forest_tables(content["model"], None)
    rows = np.repeat(honest.ROWS, 4, axis=0)
    inner = np.flatnonzero(flat.left >= 0)
    for row, node in zip(rows, np.resize(inner, len(rows)), strict=True):
        row[flat.feature[node]] = flat.threshold[node]
    np.testing.assert_allclose(reference.score(flat, rows), -model.score_samples(rows), rtol=0, atol=1e-15)


def test_equal_estimators_give_equal_bytes() -> None:
    assert _packed("lof+standard") == _packed("lof+standard")


def _edited(data: bytes, old: bytes, new: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == archive.SCHEMA:
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"ObjectNode"', b'"FunctionNode"', Code.ARTEFACT_TYPE),
        (b'"OneClassSVM"', b'"SVC"', Code.ARTEFACT_TYPE),
        (b'"sklearn.svm._classes"', b'"os"', Code.ARTEFACT_TYPE),
        (b'"JsonNode"', b'"CachedNode"', Code.ARTEFACT_TYPE),
        (b'"JsonNode"', b'"MethodNode"', Code.ARTEFACT_TYPE),
        (b'"protocol":2', b'"protocol":0', Code.QUARANTINE_PROTOCOL),
        (b'"__loader__"', b'"__id__":1,"__loader__"', Code.QUARANTINE_PROTOCOL),
        (b'"0.npy"', b'"none.npy"', Code.QUARANTINE_PROTOCOL),
        (b'"numpy","__loader__":"NdArrayNode"', b'"os","__loader__":"NdArrayNode"', Code.ARTEFACT_TYPE),
        (b'"model"', b'"other"', Code.QUARANTINE_PROTOCOL),
    ],
)
def test_a_schema_that_is_not_ours_is_refused_before_skops_sees_it(
    old: bytes, new: bytes, code: Code
) -> None:
    with pytest.raises(PackageRefused) as refused:
        estimators.load(_edited(_packed("svm+standard"), old, new))
    assert refused.value.code is code


def _rewritten(data: bytes, change: Callable[[Any], None], extra: Mapping[str, bytes] | None = None) -> bytes:
    """The archive with its schema changed in place and further members added."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        members = {name: source.read(name) for name in source.namelist()} | dict(extra or {})
        schema = json.loads(members[archive.SCHEMA])
        change(schema)
        for name, content in (members | {archive.SCHEMA: json.dumps(schema).encode()}).items():
            target.writestr(name, content)
    return buffer.getvalue()


def _nodes(value: Any, loader: str) -> list[Any]:
    """Every node of the schema with that loader, in order."""
    if isinstance(value, list):
        return [node for item in value for node in _nodes(item, loader)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("__loader__") == loader else []
    return own + [node for item in value.values() for node in _nodes(item, loader)]


def _same_member_twice(schema: Any) -> None:
    files = [node for node in _nodes(schema, "NdArrayNode") if "file" in node]
    files[1]["file"] = files[0]["file"]


def _other_arguments(schema: Any) -> None:
    tree = _nodes(schema, "TreeNode")[0]
    state = tree["content"]
    state["content"]["arguments"] = copy.deepcopy(tree["__reduce__"]["args"])
    state["key_types"]["content"].append(copy.deepcopy(state["key_types"]["content"][0]))


def _keys_in_a_set(schema: Any) -> None:
    schema["key_types"]["__loader__"] = "SetNode"


def _keys_of_another_class(schema: Any) -> None:
    schema["key_types"]["__class__"] = "set"


def _two_keys_become_one(schema: Any) -> None:
    state = _nodes(schema, "ObjectNode")[0]["content"]
    for key in ("1", "01"):
        state["content"][key] = {"__class__": "int", "__module__": "builtins", "__loader__": "JsonNode",
                                 "content": "1"}  # fmt: skip
        state["key_types"]["content"].append(
            {"__class__": "int", "__module__": "builtins", "__loader__": "TypeNode"}
        )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_same_member_twice, Code.QUARANTINE_PROTOCOL),
        (_other_arguments, Code.QUARANTINE_PROTOCOL),
        (_keys_in_a_set, Code.ARTEFACT_TYPE),
        (_keys_of_another_class, Code.ARTEFACT_TYPE),
        (_two_keys_become_one, Code.QUARANTINE_PROTOCOL),
    ],
)
def test_a_schema_that_the_loader_would_read_in_another_way_is_refused(
    change: Callable[[Any], None], code: Code
) -> None:
    data = _packed("forest+standard")
    assert archive.read(_rewritten(data, lambda schema: None))
    with pytest.raises(PackageRefused) as refused:
        archive.read(_rewritten(data, change))
    assert refused.value.code is code


def test_a_member_that_nothing_refers_to_is_refused() -> None:
    with pytest.raises(PackageRefused) as refused:
        archive.read(_rewritten(_packed("svm+standard"), lambda schema: None, {"more.npy": b"x"}))
    assert refused.value.code is Code.QUARANTINE_PROTOCOL


def test_an_array_that_two_attributes_share_is_written_for_each() -> None:
    model, scaler = honest.pair("forest+standard")
    scaler.var_ = scaler.mean_
    data = packing.pack(model, scaler)
    content = archive.read(data)["scaler"].attributes
    np.testing.assert_array_equal(content["var_"], content["mean_"])


def test_gaps_between_fields_never_carry_stray_memory() -> None:
    kind = np.dtype({"names": ["a", "b"], "formats": ["i1", "i8"], "offsets": [0, 8], "itemsize": 16})
    stray = np.full(64, 255, dtype=np.uint8).view(kind)
    buffer = BytesIO()
    np.save(buffer, stray, allow_pickle=False)
    for _ in range(20):
        np.full(1 << 16, 255, dtype=np.uint8)  # freed at once: what the next allocation may find
        clean = np.load(BytesIO(packing._without_gaps(buffer.getvalue())), allow_pickle=False)
        assert not clean.view(np.uint8).reshape(-1, 16)[:, 1:8].any()
        assert (clean["b"] == -1).all()


@pytest.mark.parametrize("data", [b"", b"PK", bytes(1000), b"PK\x05\x06" + bytes(18)])
def test_bytes_that_are_no_archive_are_refused(data: bytes) -> None:
    with pytest.raises(PackageRefused) as refused:
        archive.read(data)
    assert refused.value.code is Code.QUARANTINE_PROTOCOL
