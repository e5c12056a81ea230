"""The one message a child and its parent exchange: a JSON header, then blobs of declared sizes."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_LENGTH = struct.Struct(">Q")
_MAX_HEADER = 4 * 1024 * 1024
_MAX_BLOBS = 16


class Malformed(Exception):
    """Bytes that are not exactly one message."""


@dataclass(frozen=True, slots=True)
class Message:
    """``header`` is a JSON object without the blob sizes; ``blobs`` in the order they were sent."""

    header: dict[str, Any]
    blobs: tuple[bytes, ...] = ()


def encode(header: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """The message as bytes: header length, header, then the blobs one after the other."""
    text = json.dumps(header | {"blobs": [len(blob) for blob in blobs]}).encode()
    return b"".join([_LENGTH.pack(len(text)), text, *blobs])


def decode(data: bytes) -> Message:
    """The message these bytes are, to the last byte.

    Raises Malformed for anything else: the sender may be hostile.
    """
    if len(data) < _LENGTH.size:
        raise Malformed
    (length,) = _LENGTH.unpack_from(data)
    start = _LENGTH.size + length
    if length > _MAX_HEADER or start > len(data):
        raise Malformed
    header = _header(data[_LENGTH.size : start])
    sizes = header.pop("blobs", None)
    if not isinstance(sizes, list) or len(sizes) > _MAX_BLOBS:
        raise Malformed
    if any(type(size) is not int or size < 0 for size in sizes) or start + sum(sizes) != len(data):
        raise Malformed
    blobs = []
    for size in sizes:
        blobs.append(data[start : start + size])
        start += size
    return Message(header, tuple(blobs))


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(header, dict):
        raise Malformed
    return header
