"""Every supported estimator goes to its safe form and back with equal scores."""

import warnings
import zipfile
from io import BytesIO

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


@pytest.mark.parametrize("data", [b"", b"PK", bytes(1000), b"PK\x05\x06" + bytes(18)])
def test_bytes_that_are_no_archive_are_refused(data: bytes) -> None:
    with pytest.raises(PackageRefused) as refused:
        archive.read(data)
    assert refused.value.code is Code.QUARANTINE_PROTOCOL
