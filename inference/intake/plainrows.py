"""Feature rows in the two shapes that nearly every client sends, each decoded in one typed pass.

Taken only where the body surely means the same to the strict reader; whatever is odd is left to that one,
which knows the exact reason against it. Rows as lists are read by the compiled kernel, where there is one.
"""

from collections.abc import Iterable, Sequence
from ctypes import addressof, c_char
from functools import lru_cache
from itertools import chain
from struct import pack
from typing import Any

import msgspec
import numpy as np

from inference.runtimes.contract import Matrix
from inference.runtimes.kernel import binding

_FLOAT64 = np.dtype(np.float64)
_SURELY_64_BITS = 1e19  # the smallest number of twenty digits, which no integer of a body may have
_BYTES_HOLDING = 65_536  # of text that a thread may read while it keeps the others waiting: some 0.1 ms


class _Lists(msgspec.Struct):
    features: list[list[float]]
    probabilities: bool = False


_lists = msgspec.json.Decoder(_Lists)


def read(data: bytes, names: tuple[str, ...], *, largest: float) -> tuple[Matrix, bool] | None:
    """Float64 (n, len(names)) and whether probabilities are wanted, or None: ask the strict reader.

    A row is a list in the order of ``names`` or an object by name. The matrix cannot be written to; its
    magnitudes are below ``largest``.
    """
    most = min(largest, _SURELY_64_BITS)
    if (matrix := _compiled(data, len(names), most)) is not None:
        return matrix, False
    # Every text of such a body is a key. As many as its keys need: then there is no other, and none twice.
    texts = data.count(b'"') / 2
    texts -= (b'"features"' in data) + (b'"probabilities"' in data)
    found = _by_place(data, len(names)) if texts == 0 else _by_name(data, names, texts)
    if found is None:
        return None
    matrix, wants_probabilities = found
    return (matrix, wants_probabilities) if -most < matrix.min() and matrix.max() < most else None


def packed(rows: Iterable[Sequence[float]], count: int, width: int) -> Matrix:
    """Rows of floats as a read-only float64 (count, width); half the time of ``np.array``."""
    return np.frombuffer(pack(f"{count * width}d", *chain.from_iterable(rows))).reshape(count, width)


def _compiled(data: bytes, width: int, most: float) -> Matrix | None:
    kernel = binding.present()
    if kernel is None:
        return None
    count = kernel.begun(data, len(data)) - 1
    # A row takes two bytes for each value and one more: nobody gets more memory than he sent text for.
    if count < 1 or count * (2 * width + 1) > len(data):
        return None
    memory = bytearray(
        count * width * _FLOAT64.itemsize
    )  # numpy takes three times as long to tell an address
    run = kernel.read_rows if len(data) <= _BYTES_HOLDING else kernel.read_many_rows
    if run(data, len(data), width, most, count, addressof(c_char.from_buffer(memory))):
        return None
    matrix = np.frombuffer(memory).reshape(count, width)
    matrix.setflags(write=False)
    return matrix


def _by_place(data: bytes, width: int) -> tuple[Matrix, bool] | None:
    body = _decoded(_lists, data)
    if body is None or not body.features or set(map(len, body.features)) != {width}:
        return None
    return packed(body.features, len(body.features), width), body.probabilities


def _by_name(data: bytes, names: tuple[str, ...], texts: float) -> tuple[Matrix, bool] | None:
    decoder = _named(names)
    body = None if decoder is None else _decoded(decoder, data)
    if body is None or not body.features or texts != len(body.features) * len(names):
        return None
    rows = map(msgspec.structs.astuple, body.features)
    return packed(rows, len(body.features), len(names)), body.probabilities


def _decoded(decoder: "msgspec.json.Decoder[Any]", data: bytes) -> Any:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


@lru_cache(maxsize=64)
def _named(names: tuple[str, ...]) -> "msgspec.json.Decoder[Any] | None":
    """Decodes a body whose rows are objects with exactly these names; None where one has to be escaped."""
    if any('"' in name or "\\" in name or not name.isprintable() for name in names):
        return None
    fields = [f"f{place}" for place in range(len(names))]
    row = msgspec.defstruct(
        "Row",
        [(field, float) for field in fields],
        rename=dict(zip(fields, names, strict=True)),
        forbid_unknown_fields=True,
    )
    body = msgspec.defstruct(
        "Body",
        [("features", list[row]), ("probabilities", bool, False)],  # type: ignore[valid-type]
        forbid_unknown_fields=True,
    )
    return msgspec.json.Decoder(body)
