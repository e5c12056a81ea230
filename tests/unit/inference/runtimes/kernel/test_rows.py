"""Rows out of text: the same numbers as Python's own reading, nothing but rows, and no byte out of bounds."""

import json
import random
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from inference.runtimes.kernel import binding
from tests.unit.inference.runtimes.kernel.sanitized import driver

_KERNEL = binding.present()
compiled = pytest.mark.skipif(_KERNEL is None, reason="no compiled kernel on this machine")

Case = tuple[int, int, bytes]  # width, rows, text


def _read(text: bytes, width: int, count: int) -> list[float] | None:
    assert _KERNEL is not None
    matrix = np.empty(width * count)
    failed = _KERNEL.read_rows(text, len(text), width, 1e19, count, matrix.ctypes.data)
    return None if failed else matrix.tolist()


def _numbers(count: int) -> list[str]:
    """As programs write them: any double, decimals, integers, halfway cases between two doubles."""
    dice = random.Random(7)
    found = []
    while len(found) < count:
        value = dice.gauss(0, 1) * 10.0 ** dice.randrange(-18, 17)
        power, part = dice.choice([(52, "5"), (51, "25"), (51, "75"), (50, "125"), (50, "875")])
        found += [repr(value), f"{value:.{dice.randrange(12)}f}", f"{value:.{dice.randrange(1, 19)}e}"]
        found += [str(dice.randrange(-(2**63), 2**63)), f"{2**power + dice.randrange(2**power)}.{part}"]
        found += [repr(struct.unpack("d", dice.randbytes(8))[0])]
        found += [dice.choice(["{0}", "{0}.5", "0.{0}", "{0}e-9"]).format(str(10 ** dice.randrange(99)))]
    return [text for text in found if text not in ("nan", "inf", "-inf")]


@compiled
def test_each_number_is_the_double_that_python_reads() -> None:
    seen = 0
    for text in _numbers(30_000):
        found = _read(b'{"features":[[%s]]}' % text.encode(), 1, 1)
        if found is None:
            continue  # too large, or more digits than 64 bits: another reader takes it
        seen += 1
        assert struct.pack("d", found[0]) == struct.pack("d", float(text)), text
    assert seen > 20_000


@compiled
@pytest.mark.parametrize("indent", [None, 0, 3])
def test_many_rows_come_in_their_order(indent: int | None) -> None:
    rows = np.random.default_rng(1).normal(size=(57, 5)).tolist()
    text = json.dumps({"features": rows}, indent=indent).encode()
    assert _read(text, 5, 57) == [value for row in rows for value in row]
    assert _read(text, 5, 56) is None
    assert _read(text, 5, 58) is None
    assert _read(text, 4, 57) is None


@compiled
@pytest.mark.parametrize("length", [0, 1, 254, 255, 256, 510, 511, 10_000])
def test_beginnings_of_rows_are_counted_in_texts_of_any_length(length: int) -> None:
    assert _KERNEL is not None
    mixed = bytes(random.Random(length).choice(b"[],1[") for _ in range(length))
    for text in (mixed, b"[" * length, b"," * length):
        assert _KERNEL.begun(text, length) == text.count(b"[")


ODD = [
    b"", b"{", b"{}", b"[[1]]", b'{"features"', b'{"features":', b'{"features":[', b'{"features":[[',
    b'{"features":[[1', b'{"features":[[1]', b'{"features":[[1]]', b'{"features":[[1]]} x',
    b'{"features":[[1]],}', b'{"features":[[1,]]}', b'{"features":[[,1]]}', b'{"features":[[01]]}',
    b'{"features":[[+1]]}',
    b'{"features":[[.5]]}', b'{"features":[[5.]]}', b'{"features":[[1e]]}', b'{"features":[[1e+]]}',
    b'{"features":[[-]]}', b'{"features":[[-0]]}', b'{"features":[[0x10]]}', b'{"features":[[1_0]]}',
    b'{"features":[[NaN]]}', b'{"features":[[inf]]}', b'{"features":[[-Infinity]]}',
    b'{"features":[[1e99999]]}', b'{"features":[[1e400]]}', b'{"features":[[null]]}',
    b'{"features":[[true]]}',
    b'{"features":[["1"]]}',
    b'{"features":[[12345678901234567890]]}', b'{"features":[[0.12345678901234567890]]}',
    b'{"features":[[1]],"probabilities":true}', b'{"Features":[[1]]}', b'{"features" [[1]]}',
    b'{"features":[[1]]}\0', b'{"features":[[1\0]]}', b'\xef\xbb\xbf{"features":[[1]]}',
    b'{"features":[[1\x0b]]}',
    b'{"features":[[1' + b"0" * 64 + b"]]}", b'{"features":[[-1' + b"0" * 400 + b"]]}",
    b'{"features":[[1' + b"0" * 64 + b'.5]]}', b'{"features":[[0.1' + b"0" * 64 + b"]]}",
    b'{"features":[[' + b"9" * 5000 + b"]]}", b'{"features":[[0.' + b"0" * 5000 + b"e99999]]}",
]  # fmt: skip


@compiled
@pytest.mark.parametrize("text", ODD)
def test_what_is_no_such_text_is_left_to_others(text: bytes) -> None:
    assert _read(text, 1, 1) is None


def test_no_byte_is_touched_that_does_not_belong_to_the_text_or_the_rows(tmp_path: Path) -> None:
    reading = driver(tmp_path, "rows")
    dice = random.Random(3)
    good = json.dumps({"features": [[0.5, -3e-7, 12, 0.1234567890123456]] * 3}).encode()
    cases: list[Case] = [(1, 1, text) for text in ODD]
    cases += [(4, 3, good[:cut]) for cut in range(len(good) + 1)]
    for _ in range(3_000):
        text = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            text[dice.randrange(len(text))] = dice.choice(b'0123456789.,[]{}eE+-" \0\xff')
        cases.append((dice.randrange(1, 6), dice.randrange(1, 5), bytes(text)))
    done = reading.run(_cases(cases))
    assert done.returncode == 0, done.stderr.decode()
    said = done.stdout.decode().splitlines()
    assert len(said) == len(cases)
    assert said[len(ODD) + len(good)].startswith("0 0x1p-1 ")


def test_the_sanitizers_would_tell_of_a_block_that_is_a_row_short(tmp_path: Path) -> None:
    case = (3, -2, b'{"features":[[1,2,3],[4,5,6]]}')
    done = driver(tmp_path, "rows").run(_cases([case]))
    assert done.returncode != 0
    assert b"AddressSanitizer" in done.stderr


def _cases(cases: Sequence[Case]) -> bytes:
    return b"".join(struct.pack("<qqq", width, count, len(text)) + text for width, count, text in cases)
