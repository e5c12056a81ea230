"""What the trail keeps, in the form in which every database gives it back: its seal is made again from it.

PostgreSQL refuses NUL and half surrogate pairs in text, has no NaN in JSON, no negative zero, and
writes large whole floats as integers. SQLite keeps all of them. An entry must read the same on both.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_WHOLE_FROM = 1e16  # from here on a float is written with an exponent


def plain_text(text: str, *, most: int) -> str:
    """``text`` cut to ``most`` characters, with the replacement character where a database takes none.

    >>> plain_text("a\\x00b", most=10)
    'a\N{REPLACEMENT CHARACTER}b'
    """
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return cut if cut.isascii() and "\x00" not in cut else _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", cut)


def plain_facts(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """``facts`` as JSON values that no database changes; dates, decimals and ids become text."""
    if not facts:
        return {}
    encoded = json.loads(json.dumps(dict(facts), cls=DjangoJSONEncoder))
    plain: dict[str, Any] = _plain(encoded)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value, most=4000)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {plain_text(key, most=200): _plain(item) for key, item in value.items()}
    return value


def _number(value: float) -> float | int | str:
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= _WHOLE_FROM:
        return int(value)
    return value + 0.0  # -0.0 becomes 0.0
