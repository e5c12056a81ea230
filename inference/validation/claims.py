"""Reading what a package claims without believing its shape: whatever does not fit is simply not there."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

_MOST_VALUES = 20_000
_DEEPEST = 64


def number(values: Any, name: str) -> float | None:
    """The finite number at ``name``; None for anything else, a boolean included."""
    value = values.get(name) if isinstance(values, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def section(values: Any, *names: str) -> Mapping[str, Any]:
    """The object behind a path of names; an empty one where the path leads nowhere."""
    for name in names:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}


def leaves(values: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path, value) of every value that is no container; at most 20,000, at most 64 levels deep."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), values)]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        path, value = waiting.pop()
        if isinstance(value, Mapping | list):
            if len(path) < _DEEPEST:
                inner = value.items() if isinstance(value, Mapping) else enumerate(value)
                waiting += [((*path, str(key)), item) for key, item in list(inner)[:_MOST_VALUES]]
        else:
            yield path, value


def contamination(metadata: Any) -> float | None:
    """The share of training rows that were to become anomalies, in (0, 0.5]; None unless given."""
    for document in ("metadata.json", "deployment_manifest.json"):
        for path in (("training_info", "model_parameters"), ("model_params",)):
            share = number(section(metadata, document, *path), "contamination")
            if share is not None and 0.0 < share <= 0.5:
                return share
    return None
