"""A .skops file as plain data: nothing is imported or instantiated, every type is checked.

skops trusts every scikit-learn estimator, numpy function and more by default. We trust the short
list of :mod:`trusted`, so this reader walks the schema itself before skops sees the file, and hands
out dictionaries, lists, numbers and arrays for the structural checks.
"""

import io
import json
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from modelhub.artifacts.safeform.trusted import ESTIMATORS, TREE_STATE
from modelhub.errors import Code, PackageRefused

SCHEMA: Final = "schema.json"
_PROTOCOL = 2
_MAX_BYTES = 512 * 1024 * 1024
_MAX_SCHEMA_BYTES = 64 * 1024 * 1024
_MAX_MEMBERS = 200_000
_MAX_DEPTH = 40
_SCALARS = {"float64", "float32", "int64", "int32", "bool", "bool_"}
_KEYS = {"str": str, "int": int, "float": float}
_TREE = {"max_depth", "node_count", "nodes", "values"}


@dataclass(frozen=True, slots=True)
class PlainObject:
    """An estimator that was not built: its class name and attributes."""

    kind: str
    attributes: Mapping[str, Any]

    def get(self, name: str) -> Any:
        """The attribute, or None where the state has none of that name."""
        return self.attributes.get(name)


def read(data: bytes) -> dict[str, Any]:
    """The content of the archive, ``{"model": ..., "scaler": ...}``, estimators as PlainObject.

    Raises PackageRefused: ``artefact_type`` for a type outside the list, ``quarantine_protocol`` for
    a file that is not a canonical archive of ours.
    """
    content = read_value(data)
    if not isinstance(content, dict) or set(content) != {"model", "scaler"}:
        raise _malformed()
    return content


def read_value(data: bytes) -> Any:
    """Whatever a canonical archive holds, as plain values; raises as :func:`read`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Reader(archive).read()
    except PackageRefused:
        raise
    except Exception as error:  # the file is the work of an untrusted process: any fault is a refusal
        raise _malformed() from error


class _Reader:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        names = [member.filename for member in members]
        if len(members) > _MAX_MEMBERS or len(set(names)) != len(names):
            raise _malformed()
        if sum(member.file_size for member in members) > _MAX_BYTES:
            raise _malformed()
        self._archive = archive
        self._unread = set(names)

    def read(self) -> Any:
        if self._archive.getinfo(SCHEMA).file_size > _MAX_SCHEMA_BYTES:
            raise _malformed()
        schema = json.loads(self._member(SCHEMA))
        if schema.pop("protocol") != _PROTOCOL:
            raise _malformed()
        schema.pop("_skops_version")
        content = self._value(schema, 0)
        if self._unread:
            raise _malformed()
        return content

    def _member(self, name: str) -> bytes:
        # Each member once: a small archive that names one member a thousand times would fill the memory.
        if name not in self._unread:
            raise _malformed()
        self._unread.remove(name)
        return self._archive.read(name)

    def _value(self, node: dict[str, Any], depth: int) -> Any:
        # Shared identities would let the loader see another object than this reader: none are allowed.
        if depth > _MAX_DEPTH or "__id__" in node:
            raise _malformed()
        method = _READERS.get(node["__loader__"])
        if method is None:
            raise _foreign()
        return method(self, node, depth + 1)

    def _json(self, node: dict[str, Any], depth: int) -> Any:
        value = json.loads(node["content"])
        if isinstance(value, dict | list):
            raise _malformed()
        return value

    def _dict(self, node: dict[str, Any], depth: int) -> dict[Any, Any]:
        _require(node, "builtins", {"dict"})
        types, content = _key_types(node["key_types"]), node["content"]
        if len(types) != len(content):
            raise _malformed()
        # The keys as the loader makes them, so that it sees no other dictionary than this reader.
        pairs = zip(types, content.items(), strict=True)
        found = {kind(key): self._value(value, depth) for kind, (key, value) in pairs}
        if len(found) != len(content):
            raise _malformed()
        return found

    def _list(self, node: dict[str, Any], depth: int) -> list[Any]:
        _require(node, "builtins", {"list"})
        return [self._value(value, depth) for value in node["content"]]

    def _tuple(self, node: dict[str, Any], depth: int) -> tuple[Any, ...]:
        _require(node, "builtins", {"tuple"})
        return tuple(self._value(value, depth) for value in node["content"])

    def _array(self, node: dict[str, Any], depth: int) -> Any:
        _require(node, "numpy", {"ndarray"} | _SCALARS)
        if node["type"] == "json":
            shape = self._value(node["shape"], depth)
            items = [self._value(item, depth) for item in node["content"]]
            if shape != (len(items),):
                raise _foreign()
            return np.array(items, dtype=object)
        if node["type"] != "numpy":
            raise _foreign()
        array = np.lib.format.read_array(io.BytesIO(self._member(node["file"])), allow_pickle=False)
        return array if node["__class__"] == "ndarray" else array.item()

    def _object(self, node: dict[str, Any], depth: int) -> PlainObject:
        if ESTIMATORS.get(node["__class__"]) != node["__module__"]:
            raise _foreign()
        attributes = self._value(node["content"], depth)
        if not isinstance(attributes, dict) or not all(isinstance(name, str) for name in attributes):
            raise _malformed()
        return PlainObject(node["__class__"], attributes)

    def _tree(self, node: dict[str, Any], depth: int) -> PlainObject:
        if (node["__module__"], node["__class__"]) != TREE_STATE:
            raise _foreign()
        arguments = self._value(node["__reduce__"]["args"], depth)
        state = self._value(node["content"], depth)
        if not isinstance(state, dict) or set(state) != _TREE:
            raise _malformed()
        return PlainObject("Tree", {**state, "arguments": arguments})

    def _dtype(self, node: dict[str, Any], depth: int) -> np.dtype[Any]:
        _require(node, "numpy", {"dtype"})
        array = self._value(node["content"], depth)
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            raise _foreign()
        dtype: np.dtype[Any] = array.dtype
        return dtype


_READERS = {
    "JsonNode": _Reader._json,
    "DictNode": _Reader._dict,
    "ListNode": _Reader._list,
    "TupleNode": _Reader._tuple,
    "NdArrayNode": _Reader._array,
    "ObjectNode": _Reader._object,
    "TreeNode": _Reader._tree,
    "DTypeNode": _Reader._dtype,
}


def _key_types(node: dict[str, Any]) -> list[type]:
    if node["__loader__"] != "ListNode" or "__id__" in node:
        raise _foreign()
    _require(node, "builtins", {"list"})
    for kind in node["content"]:
        if kind["__loader__"] != "TypeNode" or "__id__" in kind:
            raise _foreign()
        _require(kind, "builtins", _KEYS)
    return [_KEYS[kind["__class__"]] for kind in node["content"]]


def _require(node: dict[str, Any], module: str, names: Collection[str]) -> None:
    if node["__module__"] != module or node["__class__"] not in names:
        raise _foreign()


def _malformed() -> PackageRefused:
    return PackageRefused(
        Code.QUARANTINE_PROTOCOL,
        "The safe form of the model is not in the form we write. The package is treated as hostile "
        "and was not registered.",
    )


def _foreign() -> PackageRefused:
    return PackageRefused(
        Code.ARTEFACT_TYPE,
        "The model holds a value of a type that has no safe form. Train it with plain parameters "
        "(numbers, text, True, False, None) and export the package again.",
    )
