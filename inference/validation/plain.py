"""Values as JSON and both databases take them: no numpy, NaN, NUL or half surrogates."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

_LONGEST = 2_000


def plain(value: Any) -> Any:
    """``value`` of built-in types only; a number that is not finite becomes None, a long text is cut.

    >>> plain({"a": np.float64("nan"), "b": (np.int64(1), "x\\x00")})
    {'a': None, 'b': [1, 'x�']}
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {text(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return text(str(value))


def text(value: str) -> str:
    """``value`` without what PostgreSQL refuses, at most 2,000 characters."""
    return value[:_LONGEST].encode("utf-8", "replace").decode().replace("\x00", "�")


def some(names: Any, *, most: int = 8) -> str:
    """The first names in one line, and how many there are beside them."""
    listed = [text(str(name))[:80] for name in names]
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"
