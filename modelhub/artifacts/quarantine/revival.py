"""Estimators of a .skops file from outside, made from its plain data: skops itself never loads it.

The archive is brought into our canonical form and read as every safe form is, type by type; then
each estimator becomes an object of its class with the attributes found, constructor and
``__setstate__`` left out. Trees stay aside until their arrays were checked, as with pickles.
"""

import io
from typing import Any

from modelhub.artifacts.quarantine.allowlist import Pair
from modelhub.artifacts.quarantine.loader import Native
from modelhub.artifacts.quarantine.refusal import Reason, Refused
from modelhub.artifacts.safeform import archive, packing
from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.artifacts.safeform.trusted import ESTIMATORS
from modelhub.errors import Code, PackageRefused


def load(stream: io.BytesIO, table: dict[Pair, Any]) -> Any:
    """The object of a .skops stream, made of the estimators in ``table`` and plain values only.

    Raises Refused: ``artefact_type`` for a value without a safe form, ``unreadable``.
    """
    try:
        return _revived(archive.read_value(packing.canonical(stream.getvalue())), table)
    except (MemoryError, RecursionError, Refused):
        raise
    except PackageRefused as refused:
        foreign = refused.code is Code.ARTEFACT_TYPE
        raise Refused(Reason.ARTEFACT_TYPE if foreign else Reason.UNREADABLE) from refused
    except Exception as error:  # a hostile archive can raise anything
        raise Refused(Reason.UNREADABLE) from error


def _revived(value: Any, table: dict[Pair, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _revived(item, table) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_revived(item, table) for item in value)
    if not isinstance(value, PlainObject):
        return value
    attributes = {name: _revived(item, table) for name, item in value.attributes.items()}
    if value.kind == "Tree":
        tree = Native(*attributes.pop("arguments"))
        tree.state = attributes
        return tree
    kind = table[ESTIMATORS[value.kind], value.kind]
    revived = object.__new__(kind)
    vars(revived).update(attributes)
    return revived
