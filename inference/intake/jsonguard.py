"""JSON from clients: decoded at full speed, yet without the silent liberties of fast parsers."""

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any, NoReturn

import msgspec

from modelhub.artifacts import strictjson
from modelhub.errors import Code, InputInvalid

_STRINGS = re.compile(rb'"[^"]*(?:"|\Z)')
_TOO_LONG_INTEGER = re.compile(rb"(?<![\d.eE])[+-]?\d{20}")
_TWENTY_ZEROS = b"0" * 20
_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_CONTAINERS = frozenset({dict, list})


def decode(data: bytes) -> Any:
    """The JSON value in ``data``: UTF-8, at most 64 levels, no duplicate keys, no NaN, integers in 64 bits.

    Lone surrogates in texts are let through, so that one bad record can be told apart from its
    neighbours. A leading byte order mark, which some editors and shippers write, is passed over.
    Linear time.

    Raises:
        InputInvalid: ``json_invalid``.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _examined(data)
    return value if _is_plain(value, data) else _examined(data)


def _is_plain(value: Any, data: bytes) -> bool:
    """True where the decoded ``value`` alone proves ``data`` acceptable, at a tenth of an examination's cost.

    Every text stands between two quotes, and a repeated key takes at least itself out of the value: so
    as many texts as pairs of quotes means that nothing was repeated.
    """
    texts = depth = numbers = 0
    level: list[Any] = [value] if type(value) in _CONTAINERS else []
    while level:
        depth += 1
        if depth > strictjson.MAX_DEPTH:
            return False
        maps = [one for one in level if type(one) is dict]
        lists = [one for one in level if type(one) is list] if len(maps) < len(level) else []
        inner = [*chain.from_iterable(map(dict.values, maps)), *chain.from_iterable(lists)]
        kinds = Counter(map(type, inner))
        texts += sum(map(len, maps)) + kinds[str]
        numbers += kinds[int] + kinds[float]
        deeper = kinds[dict] or kinds[list]
        level = [one for one in inner if type(one) in _CONTAINERS] if deeper else []
    if numbers and _holds_twenty_digits(data):
        return False
    quotes = data.count(b'"')
    if b"\\" in data:
        quotes -= data.replace(rb"\\", b"").count(rb"\"")
    return depth > 0 and quotes == 2 * texts


def _examined(data: bytes) -> Any:
    """The value, or the reason why there is none, from the bytes themselves."""
    bare = _STRINGS.sub(b"", data.replace(rb"\\", b"").replace(rb"\"", b""))
    try:
        strictjson.check_depth(bare)
    except strictjson.StrictJSONError as error:
        raise _invalid(str(error)) from None
    # The expression is slow, twenty digits in a row are rare: look for those first.
    if _holds_twenty_digits(bare) and _TOO_LONG_INTEGER.search(bare):
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


def _holds_twenty_digits(data: bytes) -> bool:
    return _TWENTY_ZEROS in data.translate(_DIGITS_AS_ZEROS)


def _count_keys(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    count = len(value) if isinstance(value, dict) else 0
    inner_values: Iterable[Any] = value.values() if isinstance(value, dict) else value
    for inner in inner_values:
        if isinstance(inner, dict | list):
            count += _count_keys(inner)
    return count


def _invalid(reason: str) -> InputInvalid:
    return InputInvalid(Code.JSON_INVALID, f"The body is not acceptable JSON. {reason}")
