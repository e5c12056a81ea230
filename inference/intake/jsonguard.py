"""JSON from clients: decoded at full speed, yet without the silent liberties of fast parsers."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec

from modelhub.artifacts import strictjson
from modelhub.errors import Code, InputInvalid

_STRINGS = re.compile(rb'"[^"]*(?:"|\Z)')
_TOO_LONG_INTEGER = re.compile(rb"(?<![\d.eE])[+-]?\d{20}")


def decode(data: bytes) -> Any:
    """The JSON value in ``data``: UTF-8, at most 64 levels, no duplicate keys, no NaN, integers in 64 bits.

    Lone surrogates in texts are let through, so that one bad record can be told apart from its
    neighbours. Linear time.

    Raises:
        InputInvalid: ``json_invalid``.
    """
    try:
        strictjson.check_depth(data)
    except strictjson.StrictJSONError as error:
        raise _invalid(str(error)) from None
    bare = _STRINGS.sub(b"", data.replace(rb"\\", b"").replace(rb"\"", b""))
    if _TOO_LONG_INTEGER.search(bare):
        raise _invalid("An integer does not fit 64 bits.")
    value = _decoded(data)
    # Outside of texts a colon only ever follows a key, so fewer keys than colons means duplicates.
    if _count_keys(value) != bare.count(b":"):
        raise _invalid("An object has the same key twice.")
    return value


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        if rb"\u" not in data:
            raise _invalid("The text is not JSON.") from None
    try:  # msgspec refuses lone surrogates, which are a fault of one record and not of all
        return json.loads(data.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except ValueError:
        raise _invalid("The text is not JSON.") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


def _count_keys(value: Any) -> int:
    if isinstance(value, Mapping):
        return len(value) + sum(_count_keys(inner) for inner in value.values() if type(inner) in (dict, list))
    if isinstance(value, list):
        return sum(_count_keys(inner) for inner in value if type(inner) in (dict, list))
    return 0


def _invalid(reason: str) -> InputInvalid:
    return InputInvalid(Code.JSON_INVALID, f"The body is not acceptable JSON. {reason}")
