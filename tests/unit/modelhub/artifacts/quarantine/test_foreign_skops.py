"""A .skops file from outside takes the way of a pickle: named classes first, plain data, checked arrays."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import OneClassSVM

from modelhub.artifacts.quarantine import Limits, convert
from modelhub.artifacts.types import Conversion, Role
from modelhub.errors import Code, PackageRefused
from tests.unit.modelhub.artifacts.quarantine.scorers import score_safe_form

_SCORER = f"{score_safe_form.__module__}.score_safe_form"
_ROWS = np.random.default_rng(4).normal(size=(80, 3))
Edit = Callable[[dict[str, Any]], Any]


def forest(**more: Any) -> IsolationForest:
    return IsolationForest(n_estimators=4, contamination=0.1, random_state=1, **more).fit(_ROWS)


def pipeline() -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("forest", forest())]).fit(_ROWS)


def converted(folder: Path, data: bytes) -> Conversion:
    path = folder / "model.joblib"
    path.write_bytes(data)
    return convert(path, None, names=(), limits=Limits(seconds=30), scorer=_SCORER)


def refusal(folder: Path, data: bytes) -> PackageRefused:
    with pytest.raises(PackageRefused) as caught:
        converted(folder, data)
    return caught.value


def edited(data: bytes, edit: Edit) -> bytes:
    """The archive with its schema changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                edit(schema)
                content = json.dumps(schema).encode()
            target.writestr(name, content)
    return buffer.getvalue()


def with_extra(data: bytes, node: dict[str, Any]) -> bytes:
    """The archive with one attribute more."""

    def add(schema: dict[str, Any]) -> None:
        state = schema["content"]
        state["content"]["extra"] = node
        state["key_types"]["content"].append(state["key_types"]["content"][0])

    return edited(data, add)


def attributes(schema: dict[str, Any]) -> dict[str, Any]:
    """The attributes of the object that the schema describes."""
    found: dict[str, Any] = schema["content"]["content"]
    return found


@pytest.mark.parametrize(
    "model",
    [forest(), pipeline(), OneClassSVM().fit(_ROWS)],
    ids=["forest", "pipeline", "svm"],
)
def test_it_is_converted_with_the_scores_of_the_original(model: Any, tmp_path: Path) -> None:
    found = converted(tmp_path, skops.io.dumps(model))
    expected = -model.score_samples(_ROWS)
    np.testing.assert_allclose(score_safe_form(found.blobs, _ROWS), expected, rtol=1e-12, atol=1e-12)


def test_a_forest_gives_the_same_tables_as_its_pickle(tmp_path: Path) -> None:
    model = forest()
    pickled = io.BytesIO()
    joblib.dump(model, pickled)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = converted(tmp_path / "a", skops.io.dumps(model))
    two = converted(tmp_path / "b", pickled.getvalue())
    assert one.blobs[Role.FOREST_TABLES] == two.blobs[Role.FOREST_TABLES]


def test_its_versions_and_classes_are_told(tmp_path: Path) -> None:
    facts = converted(tmp_path, skops.io.dumps(forest())).facts
    assert facts.environment["sklearn"].startswith("1.")
    assert facts.environment["compression"] == "skops"
    assert "sklearn.tree._tree.Tree" in facts.globals


def _function(module: str, name: str) -> dict[str, Any]:
    return {
        "__class__": name,
        "__module__": module,
        "__loader__": "FunctionNode",
        "content": {"module_path": module, "function": name},
    }


def _method() -> dict[str, Any]:
    return {
        "__class__": "IsolationForest",
        "__module__": "sklearn.ensemble._iforest",
        "__loader__": "MethodNode",
        "content": {
            "func": "fit",
            "obj": {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": "1"},
        },
    }


@pytest.mark.parametrize(
    ("node", "code"),
    [
        (_function("builtins", "eval"), Code.UNSAFE_TYPE),
        (_function("os", "system"), Code.UNSAFE_TYPE),
        (_function("numpy", "load"), Code.UNSAFE_TYPE),
        (
            {"__class__": "attrgetter", "__module__": "operator", "__loader__": "OperatorFuncNode"},
            Code.UNSAFE_TYPE,
        ),
        ({"__class__": "eval", "__module__": "builtins", "__loader__": "TypeNode"}, Code.UNSAFE_TYPE),
        (_method(), Code.ARTEFACT_TYPE),
    ],
    ids=["eval", "system", "np-load", "operator", "type", "method"],
)
def test_code_hidden_in_an_attribute_is_refused(node: dict[str, Any], code: Code, tmp_path: Path) -> None:
    assert refusal(tmp_path, with_extra(skops.io.dumps(forest()), node)).code is code


def test_every_foreign_name_is_listed(tmp_path: Path) -> None:
    node = _function("os", "system")
    data = with_extra(skops.io.dumps(forest()), node)
    assert [fault.detail for fault in refusal(tmp_path, data).errors] == ["os.system"]


def test_a_transformer_with_a_function_of_its_own_is_refused(tmp_path: Path) -> None:
    model = Pipeline([("own", FunctionTransformer(np.sqrt)), ("forest", forest())])
    assert refusal(tmp_path, skops.io.dumps(model)).code in {Code.TYPE_NOT_SUPPORTED, Code.UNSAFE_TYPE}


def test_an_estimator_that_is_no_detector_is_refused(tmp_path: Path) -> None:
    model = KMeans(2, n_init=1, random_state=0).fit(_ROWS)
    assert refusal(tmp_path, skops.io.dumps(model)).code is Code.MODEL_NOT_USABLE


def test_a_detector_that_was_never_fitted_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, skops.io.dumps(IsolationForest())).code is Code.MODEL_NOT_USABLE


def test_a_tree_that_leads_outside_itself_is_refused(tmp_path: Path) -> None:
    model = forest()
    state = model.estimators_[0].tree_.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"]["left_child"][0] = 10_000
    model.estimators_[0].tree_.__setstate__(state)
    assert refusal(tmp_path, skops.io.dumps(model)).code is Code.MODEL_STRUCTURE


def test_a_model_of_an_unknown_version_is_refused(tmp_path: Path) -> None:
    data = edited(skops.io.dumps(forest()), lambda schema: attributes(schema).pop("_sklearn_version"))
    assert refusal(tmp_path, data).code is Code.VERSION_UNSUPPORTED


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        b"PK\x03\x04" + b"\x00" * 200,
        skops.io.dumps(StandardScaler().fit(_ROWS))[:-40],
        edited(skops.io.dumps(forest()), lambda schema: schema.clear()),
        edited(skops.io.dumps(forest()), lambda schema: attributes(schema).update(extra={"__loader__": 7})),
    ],
    ids=["head", "zeros", "cut", "empty-schema", "loader-of-another-type"],
)
def test_an_archive_that_is_none_is_refused(data: bytes, tmp_path: Path) -> None:
    assert refusal(tmp_path, data).code in {
        Code.PICKLE_CORRUPT,
        Code.MODEL_NOT_USABLE,
        Code.UNSAFE_TYPE,
        Code.ARTEFACT_TYPE,
    }


def test_an_archive_that_claims_to_unpack_to_too_much_is_refused(tmp_path: Path) -> None:
    data = bytearray(skops.io.dumps(forest()))
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (2**32 - 2).to_bytes(4, "little")  # the member's size, unpacked
    assert refusal(tmp_path, bytes(data)).code is Code.RESOURCE_LIMIT


def test_a_schema_nested_too_deep_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("schema.json", b"[" * 100_000 + b"]" * 100_000)
    assert refusal(tmp_path, buffer.getvalue()).code in {Code.RESOURCE_LIMIT, Code.PICKLE_CORRUPT}
