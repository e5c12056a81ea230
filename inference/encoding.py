"""Answers and result lines as JSON bytes, whatever the sender's pass-through fields hold."""

import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """``value`` as UTF-8 JSON; NaN and infinities become null, times ISO 8601.

    Half a surrogate pair in a field that is only passed through goes back escaped, as it came.
    """
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(_finite(msgspec.to_builtins(value)), allow_nan=False).encode("ascii")


def encode_lines(values: Sequence[Any]) -> bytes:
    """Each value as :func:`encode` has it, with a line feed behind it."""
    try:
        return _ENCODER.encode_lines(values)
    except UnicodeEncodeError:
        return b"".join(encode(value) + b"\n" for value in values)


def _finite(value: Any) -> Any:
    """The same value with null for every number that JSON cannot write."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value
