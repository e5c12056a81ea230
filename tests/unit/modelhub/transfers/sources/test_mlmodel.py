"""Reading MLmodel files: what is named is taken, nothing is guessed, nothing is built."""

import pytest
import yaml

from modelhub.errors import Code, PackageRefused
from modelhub.transfers.sources.mlflow import mlmodel
from modelhub.transfers.sources.mlflow.registry import pairs, slug
from tests import packages
from tests.fakes.mlflow_registry import mlmodel as written


def changed(**parts: object) -> bytes:
    return yaml.safe_dump(yaml.safe_load(written()) | parts).encode()


def refusal(data: bytes) -> Code:
    with pytest.raises(PackageRefused) as caught:
        mlmodel.read(data)
    return caught.value.code


def test_the_file_the_format_and_the_columns_are_read() -> None:
    found = mlmodel.read(written("model.skops", "skops"))
    assert (found.file, found.serialization, list(found.names)) == ("model.skops", "skops", packages.NAMES)
    assert found.environment == {"scikit-learn": "1.9.1", "mlflow": "3.17.2"}


@pytest.mark.parametrize(
    "signature",
    [
        None,
        {"inputs": None},
        {"inputs": '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}]'},
        {"inputs": '[{"type": "double"}, {"type": "double"}]'},
    ],
)
def test_a_signature_without_names_names_no_columns(signature: object) -> None:
    assert mlmodel.read(changed(signature=signature)).names == ()


@pytest.mark.parametrize(
    "inputs",
    [
        "no json",
        "{}",
        '[{"name": "a"}, {"name": "a"}]',
        '[{"name": "a"}, {"type": "double"}]',
        '[{"name": 1}]',
    ],
)
def test_a_signature_that_contradicts_itself_is_refused(inputs: str) -> None:
    assert refusal(changed(signature={"inputs": inputs})) is Code.METADATA_INVALID


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"- a list",
        b"a: [",
        b"a: !!python/object/apply:os.system ['id']\nflavors: [",
        b"[" * 20_000,
        b'name: "\\0"',
    ],
    ids=["empty", "not-utf-8", "list", "cut", "tag", "deep", "nul"],
)
def test_what_is_no_mlmodel_is_refused(data: bytes) -> None:
    assert refusal(data) is Code.METADATA_INVALID


def test_a_python_tag_builds_nothing() -> None:
    data = b"extra: !!python/object/apply:os.system ['false']\n" + written()
    assert mlmodel.read(data).file == "model.pkl"


def test_another_flavour_is_refused() -> None:
    assert refusal(changed(flavors={"xgboost": {}})) is Code.TYPE_NOT_SUPPORTED


def test_another_serialisation_is_refused() -> None:
    flavour = {"sklearn": {"pickled_model": "m", "serialization_format": "dill"}}
    assert refusal(changed(flavors=flavour)) is Code.TYPE_NOT_SUPPORTED


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("wifi", "wifi"),
        ("Wifi (lab)", "Wifi-lab"),
        ("../../etc", "etc"),
        ("模型", "model"),
        ("a" * 300, "a" * 110),
    ],
)
def test_a_name_becomes_one_step_of_a_path(name: str, step: str) -> None:
    assert slug(name) == step


@pytest.mark.parametrize("listed", [None, "text", [1, None], [{"value": "x"}], [{"key": 5}]])
def test_pairs_that_are_none_are_left_out(listed: object) -> None:
    assert pairs(listed) == {}


def test_aliases_of_aliases_cost_no_time() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    bomb = "\n".join(lines).encode() + b"\n"
    assert mlmodel.read(bomb + written()).file == "model.pkl"


def test_a_text_that_no_database_takes_is_refused_wherever_it_stands() -> None:
    assert refusal(b'extra: [{deep: "a\\0b"}]\n' + written()) is Code.METADATA_INVALID
