"""Strict JSON for hostile input: what Python's parser would let through or die of is refused."""

import codecs
import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
_INT64 = range(-(2**63), 2**63)
_INT64_DIGITS = 20  # of -9223372036854775808
_UNSAFE = re.compile("[\\x00\\ud800-\\udfff]")


class StrictJSONError(ValueError):
    """The text is not JSON we accept: a sentence, and the ``position`` of the fault where known."""

    def __init__(self, sentence: str, *, position: int | None = None) -> None:
        super().__init__(sentence)
        self.position = position


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The object that ``data`` holds.

    UTF-8 without a byte order mark, at most 64 levels, no duplicate keys, no NaN, Infinity or numbers
    that overflow to it, integers within 64 bits, no NUL and no lone surrogates in any text.
    Raises StrictJSONError.
    """
    value = parse_value(data, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise StrictJSONError("The top level must be an object.")
    return value


def parse_list(data: bytes, *, max_bytes: int = MAX_BYTES) -> list[Any]:
    """The list that ``data`` holds, under the rules of :func:`parse`. Raises StrictJSONError."""
    value = parse_value(data, max_bytes=max_bytes)
    if not isinstance(value, list):
        raise StrictJSONError("The top level must be a list.")
    return value


def parse_value(data: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Any JSON value, under the rules of :func:`parse`. Raises StrictJSONError."""
    if len(data) > max_bytes:
        raise StrictJSONError(f"The text is longer than {max_bytes} bytes.")
    if data.startswith(codecs.BOM_UTF8):
        raise StrictJSONError(
            "The text begins with a byte order mark (BOM). Write UTF-8 without one.", position=0
        )
    check_depth(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJSONError("The text is not UTF-8.", position=error.start) from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise StrictJSONError(
            f"The text is not JSON (line {error.lineno}, column {error.colno}).", position=error.pos
        ) from None
    if "\\u" in text:  # unescaped NUL and surrogates have already failed above
        check_text(value)
    return value


def check_depth(data: bytes, *, limit: int = MAX_DEPTH) -> None:
    """Refuse deep nesting before a recursive parser sees it; linear time, 8 MB in about 50 ms.

    Exact for valid JSON; for anything else it is exact up to the parser's first error, which is all
    the parser will ever recurse into. Raises StrictJSONError.
    """
    if data.count(b"[") + data.count(b"{") <= limit:
        return
    plain = np.frombuffer(data.replace(rb"\\", b"").replace(rb"\"", b""), dtype=np.uint8)
    outside = ~np.logical_xor.accumulate(plain == ord('"'))
    opening = outside & ((plain == ord("[")) | (plain == ord("{")))
    closing = outside & ((plain == ord("]")) | (plain == ord("}")))
    depths = np.cumsum(opening.view(np.int8) - closing.view(np.int8), dtype=np.int32)
    if int(depths.max(initial=0)) > limit:
        raise StrictJSONError(f"The text is nested deeper than {limit} levels.")


def check_text(value: Any) -> None:
    """Refuse NUL and lone surrogates in any key or text of a parsed value at most 64 levels deep.

    They are legal in a Python string but not in PostgreSQL. Raises StrictJSONError.
    """
    if isinstance(value, str):
        if _UNSAFE.search(value):
            raise StrictJSONError("A text holds NUL or half of a surrogate pair.")
    elif isinstance(value, dict):
        _each(check_text, value.keys())
        _each(check_text, value.values())
    elif isinstance(value, list):
        _each(check_text, value)


def _each(check: Callable[[Any], None], values: Any) -> None:
    for value in values:
        check(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise StrictJSONError("An object has the same key twice.")
    return result


def _integer(digits: str) -> int:
    if len(digits) > _INT64_DIGITS or int(digits) not in _INT64:
        raise StrictJSONError("An integer does not fit 64 bits.")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise StrictJSONError("A number is too large.")
    return value


def _constant(word: str) -> NoReturn:
    raise StrictJSONError(f"{word} is not JSON.")
