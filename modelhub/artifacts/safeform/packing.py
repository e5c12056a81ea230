"""Write the canonical .skops file: equal estimators give equal bytes, and no identities are stored."""

import io
import json
import warnings
import zipfile
from typing import Any

import numpy as np
import skops.io

from modelhub.artifacts.safeform.archive import SCHEMA

_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(model: Any, scaler: Any) -> bytes:
    """``{"model": model, "scaler": scaler}`` as .skops bytes, deflated.

    skops names members and objects by memory address; :func:`canonical` replaces both. An array that
    two attributes share is written twice: the reader takes each member once.
    Raises skops' own exceptions for what it cannot write.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = skops.io.dumps({"model": model, "scaler": scaler})
    return canonical(raw)


def canonical(raw: bytes) -> bytes:
    """A .skops file with members and objects named by their order, each array a member of its own.

    Raises whatever zip, JSON and array readers raise for a file that is none.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as source:
        schema = json.loads(source.read(SCHEMA))
        members: list[str] = []
        _canonical(schema, members)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as target:
            for number, old in enumerate(members):
                _write(target, f"{number}.npy", _without_gaps(source.read(old)))
            _write(target, SCHEMA, json.dumps(schema, separators=(",", ":")).encode())
    return buffer.getvalue()


def _canonical(node: Any, members: list[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _canonical(item, members)
    if not isinstance(node, dict):
        return
    if "__loader__" in node:
        node.pop("__id__", None)
        if "file" in node:
            members.append(node["file"])
            node["file"] = f"{len(members) - 1}.npy"
    for value in node.values():
        _canonical(value, members)


def _without_gaps(member: bytes) -> bytes:
    """The same array with zeros between the fields of its records, where stray memory would stand."""
    array = np.load(io.BytesIO(member), allow_pickle=False)
    if array.dtype.names is None:
        return member
    clean = np.zeros(array.shape, array.dtype)  # zeros_like fills the fields only, not the gaps
    for name in array.dtype.names:
        clean[name] = array[name]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _write(target: zipfile.ZipFile, name: str, data: bytes) -> None:
    target.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED, 6)
