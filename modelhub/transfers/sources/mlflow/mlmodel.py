"""Reading an ``MLmodel`` file: which scikit-learn file the model is, and what its columns are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from modelhub.artifacts import strictjson
from modelhub.artifacts.fields import is_name_list
from modelhub.errors import Code, PackageRefused

MAX_BYTES = 256 * 1024
_FORMATS = frozenset({"pickle", "cloudpickle", "skops"})


@dataclass(frozen=True, slots=True)
class SklearnModel:
    """A scikit-learn model as its MLmodel describes it; ``names`` is empty where no column is named."""

    file: str
    serialization: str
    names: tuple[str, ...]
    environment: Mapping[str, str]
    model_id: str = ""


def read(data: bytes) -> SklearnModel:
    """The scikit-learn flavour of an MLmodel file.

    Raises PackageRefused: ``metadata_invalid`` where it cannot be read, ``type_not_supported`` where the
    model is no scikit-learn model or is serialised in a way that is not read here.
    """
    content = _parsed(data)
    flavour = _part(_part(content, "flavors"), "sklearn")
    if not flavour:
        raise PackageRefused(
            Code.TYPE_NOT_SUPPORTED,
            "This MLflow model has no scikit-learn flavour. Log a fitted detector with "
            "mlflow.sklearn.log_model.",
        )
    serialization = _text(flavour, "serialization_format") or "pickle"
    if serialization not in _FORMATS:
        raise PackageRefused(
            Code.TYPE_NOT_SUPPORTED,
            "The MLflow model is serialised in a format that is not read here. Log it with "
            "serialization_format='cloudpickle' or 'skops'.",
        )
    file = _text(flavour, "pickled_model")
    if not file:
        raise _invalid("names no model file")
    return SklearnModel(
        file=file,
        serialization=serialization,
        names=_names(_text(_part(content, "signature"), "inputs", MAX_BYTES)),
        environment=_environment(content, flavour),
        model_id=_text(content, "model_id"),
    )


class _Loader(yaml.BaseLoader):
    """Makes texts, lists and mappings only, expands no merge keys, and checks each text where it is written.

    What is made must not be walked: a few lines of aliases of aliases stand for more values than there is
    time to visit.
    """

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        strictjson.check_text(value)
        return value


def _parsed(data: bytes) -> Mapping[str, Any]:
    try:
        content = yaml.load(data.decode("utf-8"), Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise _invalid("cannot be read") from None
    if not isinstance(content, dict):
        raise _invalid("is not a mapping")
    return content


def _names(inputs: str) -> tuple[str, ...]:
    """The columns that the signature names, in order; none where it speaks of a tensor or is absent."""
    if not inputs:
        return ()
    try:
        columns = strictjson.parse_list(inputs.encode())
    except strictjson.StrictJSONError:
        raise _invalid("has a signature that cannot be read") from None
    names = [column.get("name") if isinstance(column, dict) else None for column in columns]
    if not any(names):
        return ()
    if not is_name_list(names):
        raise _invalid("has a signature whose columns are not all named and different")
    return tuple(str(name) for name in names)


def _environment(content: Mapping[str, Any], flavour: Mapping[str, Any]) -> dict[str, str]:
    told = {
        "scikit-learn": _text(flavour, "sklearn_version", 64),
        "mlflow": _text(content, "mlflow_version", 64),
    }
    return {name: version for name, version in told.items() if version}


def _part(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _text(content: Mapping[str, Any], key: str, longest: int = 256) -> str:
    value = content.get(key)
    return value[:longest] if isinstance(value, str) and value != "null" else ""


def _invalid(what: str) -> PackageRefused:
    return PackageRefused(
        Code.METADATA_INVALID, f"The model's MLmodel file {what}. Log the model again with mlflow.sklearn."
    )
