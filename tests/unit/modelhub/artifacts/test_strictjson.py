import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelhub.artifacts import strictjson
from modelhub.artifacts.strictjson import StrictJSONError

REFUSED: dict[str, bytes] = {
    "not JSON": b"{,,}",
    "empty": b"",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "overflowing float": b'{"a": 1e999}',
    "duplicate keys": b'{"a": {"b": 1, "b": 1}}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "65 bits": b'{"a": 9223372036854775808}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "not UTF-8": b'{"a": "\xff"}',
    "escaped NUL": b'{"a": "\\u0000"}',
    "raw NUL": b'{"a": "\x00"}',
    "lone surrogate": b'{"a": ["\\ud800"]}',
    "lone surrogate in a key": b'{"\\udfff": 1}',
    "encoded surrogate": b'{"a": "\xed\xa0\x80"}',
    "list": b"[]",
    "scalar": b"1",
    "trailing": b"{} {}",
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_text_is_refused(name: str) -> None:
    with pytest.raises(StrictJSONError) as refused:
        strictjson.parse(REFUSED[name])
    assert str(refused.value).endswith(".")


def test_a_byte_order_mark_is_named() -> None:
    with pytest.raises(StrictJSONError, match="byte order mark"):
        strictjson.parse(REFUSED["byte order mark"])


def test_honest_text_is_read() -> None:
    data = json.dumps({"é": [1, -(2**63), 2**63 - 1, 1.5, None, True, '[\\"{', "😀"]})
    assert strictjson.parse(data.encode()) == json.loads(data)
    assert strictjson.parse(json.dumps(json.loads(data), ensure_ascii=False).encode()) == json.loads(data)


def test_exactly_64_levels_pass() -> None:
    assert strictjson.parse_list(b"[" * 64 + b"]" * 64)
    with pytest.raises(StrictJSONError):
        strictjson.parse_list(b"[" * 65 + b"]" * 65)


def test_brackets_in_texts_are_not_levels() -> None:
    texts = ["[" * 500, '\\"' * 100 + "[" * 100, "\\" * 7 + '"' + "{" * 100]
    assert strictjson.parse_list(json.dumps(texts).encode()) == texts


def test_the_position_of_a_fault_is_told() -> None:
    with pytest.raises(StrictJSONError) as refused:
        strictjson.parse(b'{"a": x}')
    assert refused.value.position == 6


@pytest.mark.parametrize("piece", [b'"', b'\\"', b"[]", b'"\\', b"{", b'""'])
def test_the_depth_check_is_linear_in_hostile_text(piece: bytes) -> None:
    data = piece * (8_000_000 // len(piece))
    with contextlib.suppress(StrictJSONError):
        strictjson.check_depth(data)  # quadratic would take hours


def test_the_size_cap_holds() -> None:
    with pytest.raises(StrictJSONError):
        strictjson.parse(b'{"a": "' + b"x" * 100 + b'"}', max_bytes=50)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans())
def test_every_honest_value_survives(value: Any, ascii_only: bool) -> None:
    assert strictjson.parse_value(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:\\u0dN1e. ', max_size=60).map(str.encode))
def test_only_the_declared_error_escapes(data: bytes) -> None:
    try:
        value = strictjson.parse_value(data)
    except StrictJSONError:
        return
    assert json.loads(data) == value
