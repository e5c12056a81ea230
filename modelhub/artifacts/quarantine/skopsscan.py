"""The dry scan of a .skops file from outside: every class and function that its schema names.

A .skops file is a zip of arrays and a schema. Nothing is built; as with pickles, what is named and
not on the list ends the import before the second child starts.
"""

import codecs
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from modelhub.artifacts.quarantine.refusal import Reason, Refused
from modelhub.artifacts.quarantine.scan import NO_VERSION, Findings
from modelhub.artifacts.safeform.trusted import ESTIMATORS

SCHEMA = "schema.json"
_SCHEMA_BYTES = 64 * 1024 * 1024
_PLAIN_LOADERS = frozenset({"JsonNode", "DictNode", "ListNode", "TupleNode", "TypeNode"})
_PLAIN = frozenset({"dict", "list", "tuple", "str", "int", "float", "bool", "NoneType"})
_ARRAY_LOADER = "NdArrayNode"
_OBJECT_LOADER = "ObjectNode"
_SCALARS = frozenset({"ndarray", "float64", "float32", "int64", "int32", "bool", "bool_"})
codecs.lookup("cp437")  # zip names are read with it, and after the lock-down nothing can be imported


def scan(stream: io.BytesIO, *, memory_bytes: int, findings: Findings) -> None:
    """Fill ``findings``. Raises Refused: ``corrupt``, or ``too_large`` above ``memory_bytes`` unpacked."""
    try:
        with zipfile.ZipFile(stream) as archive:
            if sum(member.file_size for member in archive.infolist()) > memory_bytes:
                raise Refused(Reason.TOO_LARGE)
            if archive.getinfo(SCHEMA).file_size > _SCHEMA_BYTES:
                raise Refused(Reason.TOO_LARGE)
            _walk(json.loads(archive.read(SCHEMA)), findings)
    except (MemoryError, RecursionError, Refused):
        raise
    except Exception as error:  # a hostile archive can raise anything from the zip and JSON readers
        raise Refused(Reason.CORRUPT) from error


def _walk(node: Any, findings: Findings) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(item, findings)
    if not isinstance(node, dict):
        return
    if "__loader__" in node or "__class__" in node or "__module__" in node:
        _note(node, findings)
    for value in node.values():
        _walk(value, findings)


def _note(node: Mapping[str, Any], findings: Findings) -> None:
    module, name, loader = (str(node.get(key)) for key in ("__module__", "__class__", "__loader__"))
    if loader in _PLAIN_LOADERS and module == "builtins" and name in _PLAIN:
        return
    if loader == _ARRAY_LOADER and module == "numpy" and name in _SCALARS:
        return
    findings.pairs.add((module, name))
    if loader == _OBJECT_LOADER and ESTIMATORS.get(name) == module:
        findings.versions.add(_version(node))


def _version(node: Mapping[str, Any]) -> str:
    try:
        told = json.loads(node["content"]["content"]["_sklearn_version"]["content"])
    except (KeyError, TypeError, ValueError):
        return NO_VERSION
    return str(told)[:40]
