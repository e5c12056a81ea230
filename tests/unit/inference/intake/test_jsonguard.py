"""The quick proof accepts nothing that an examination of the bytes refuses, and spares it where it can."""

import json
import random
from typing import Any

import pytest

from inference.intake import jsonguard
from modelhub.errors import InputInvalid

RECORD: dict[str, Any] = {
    "message": 'a "quoted" \\ text: {[',
    "n": 7,
    "x": 1.5,
    "deep": {"a": [1, {"b": None}]},
}
DEEPEST = b"[" * 64 + b"]" * 64


def outcome(decode: Any, data: bytes) -> tuple[str, Any]:
    try:
        return "value", repr(decode(data))
    except InputInvalid as error:
        return error.code.value, error.detail


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"[]",
            b"{}",
            b"7",
            b'"x"',
            b"null",
            b"",
            b"[",
            b"[NaN]",
            b"[1e400]",
            b"[1,]",
            b'["\xff"]',
            b'[{"a":1} {}]',
        ),
        *(
            b'[{"a":1,"a":1}]',
            b'[{"a":"x","a":null}]',
            b'[{"a":[],"a":[]}]',
            b'[{"a":1,"\\u0061":1}]',
            b'{"":1,"":1}',
        ),
        *(b'[{"a\\"":1,"a\\"":1}]', b'[{"a\\\\":"\\"","b":"\\\\\\""}]', b'[{"a":"a:a","b":"\\"a\\":1"}]'),
        *(
            DEEPEST,
            b"[" + DEEPEST + b"]",
            b"[" * 100_000,
            b'{"a":' * 70 + b"1" + b"}" * 70,
            b'["' + b"[" * 99 + b'"]',
        ),
        *(
            b"[9999999999999999999]",
            b"[10000000000000000000]",
            b"[-12345678901234567890]",
            b"[12345678901234567890e-5]",
        ),
        *(
            b'["12345678901234567890", 1]',
            b"[0.12345678901234567890]",
            b'["\\ud800"]',
            b'[{"\\ud800":1,"\\ud800":1}]',
        ),
        b"\xef\xbb\xbf[1]",
    ],
)
def test_both_ways_agree_on_hostile_bodies(data: bytes) -> None:
    bare = data.removeprefix(b"\xef\xbb\xbf")
    assert outcome(jsonguard.decode, data) == outcome(jsonguard._examined, bare)


def test_both_ways_agree_on_broken_bodies() -> None:
    chance = random.Random(1)
    whole = json.dumps([RECORD] * 3).encode()
    for _ in range(2_000):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 4])):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(2)] = bytes(
                [chance.choice(b'"\\{}[]:,0189eE-. \x00\xffan')]
            )
        broken = bytes(data)
        assert outcome(jsonguard.decode, broken) == outcome(jsonguard._examined, broken), broken


def test_ordinary_bodies_are_not_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    def examined(data: bytes) -> Any:
        raise AssertionError(data)

    monkeypatch.setattr(jsonguard, "_examined", examined)
    assert jsonguard.decode(json.dumps([RECORD] * 200).encode()) == [RECORD] * 200
    assert jsonguard.decode(json.dumps({"logs": [RECORD]}, indent=1).encode()) == {"logs": [RECORD]}
