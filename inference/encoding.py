"""Answers and result lines as JSON bytes, whatever the sender's pass-through fields hold."""

import json
from typing import Any

import msgspec


def encode(value: Any) -> bytes:
    """``value`` as UTF-8 JSON; NaN becomes null, times ISO 8601.

    Half a surrogate pair in a field that is only passed through goes back escaped, as it came.
    """
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value)).encode("ascii")
