"""Profiles as bytes: small, versioned, and refused when a single bit of them has changed."""

import hashlib
import json
import struct
import zlib
from collections.abc import Sequence

import numpy as np

from modelhub.errors import ArtefactCorrupt, Code
from monitoring.drift.bins import MOST_POINTS, Array, Bins, Counts

_WHOLE, _COUNTS = b"MHp1", b"MHc1"
_DIGEST = 16
_SEAL = 8  # bytes of SHA-256 over all that follows
_MOST_BYTES = 64 * 1024 * 1024  # what a stored profile may unfold to
_LEVEL = 1  # of zlib: higher ones cost ten times as long and save a tenth
_KINDS = ("continuous", "discrete")
_TYPES = ("<u1", "<u2", "<u4", "<u8")


def pack(bins: Sequence[Bins], counts: Sequence[Counts], rows: int) -> bytes:
    """Bins and counts; a column takes at most about 2.8 KB."""
    head = json.dumps([[one.name, _KINDS.index(one.kind), len(one.points)] for one in bins]).encode()
    points = b"".join(one.points.astype("<f8").tobytes() for one in bins)
    return _seal(_WHOLE, struct.pack("<I", len(head)) + head + points + _narrowed(counts, rows))


def unpack(data: bytes) -> tuple[tuple[Bins, ...], list[Counts], int]:
    """Bins, counts and number of rows that :func:`pack` wrote. Raises ArtefactCorrupt."""
    try:
        body = _opened(_WHOLE, data)
        (length,) = struct.unpack_from("<I", body)
        place = 4 + length
        bins = []
        for name, kind, size in json.loads(body[4:place]):
            points = np.frombuffer(body, "<f8", size, place).astype(np.float64)
            place += points.nbytes
            bins.append(Bins(_text(name), _KINDS[kind], _rising(points)))  # type: ignore[arg-type]
        rows, counts = _widened(body[place:], [one.cells for one in bins])
    except (ValueError, TypeError, IndexError, struct.error, zlib.error, RecursionError):
        raise _damaged() from None
    return tuple(bins), counts, rows


def pack_counts(digest: str, counts: Sequence[Counts], rows: int) -> bytes:
    """Counts with the digest (32 hexadecimal digits) of the bins they belong to."""
    return _seal(_COUNTS, bytes.fromhex(digest) + _narrowed(counts, rows))


def unpack_counts(data: bytes, digest: str, cells: Sequence[int]) -> tuple[int, list[Counts]] | None:
    """Number of rows, and counts for so many cells in each column; None where they have another digest.

    Raises ArtefactCorrupt.
    """
    try:
        body = _opened(_COUNTS, data)
        if body[:_DIGEST].hex() != digest:
            return None
        return _widened(body[_DIGEST:], cells)
    except (ValueError, TypeError, IndexError, struct.error, zlib.error):
        raise _damaged() from None


def _narrowed(counts: Sequence[Counts], rows: int) -> bytes:
    """Number of rows, then all counts in the narrowest unsigned type that holds them."""
    flat = np.concatenate(counts) if counts else np.empty(0, np.int64)
    kind = sum(int(flat.max(initial=0)) >= limit for limit in (1 << 8, 1 << 16, 1 << 32))
    return struct.pack("<QB", rows, kind) + flat.astype(_TYPES[kind]).tobytes()


def _widened(body: bytes, cells: Sequence[int]) -> tuple[int, list[Counts]]:
    rows, kind = struct.unpack_from("<QB", body)
    flat = np.frombuffer(body, _TYPES[kind], offset=9).astype(np.int64)
    if len(flat) != sum(cells):
        raise ValueError("number of counts")
    counts = np.split(flat, np.cumsum(cells)[:-1]) if cells else []
    if any(int(column.sum()) != rows or (column < 0).any() for column in counts):
        raise ValueError("sum of counts")
    return rows, [column.copy() for column in counts]


def _seal(kind: bytes, body: bytes) -> bytes:
    packed = zlib.compress(body, _LEVEL)
    return kind + hashlib.sha256(packed).digest()[:_SEAL] + packed


def _opened(kind: bytes, data: bytes) -> bytes:
    data = bytes(data)  # PostgreSQL's driver answers a memoryview
    seal, packed = data[len(kind) : len(kind) + _SEAL], data[len(kind) + _SEAL :]
    if not data.startswith(kind) or hashlib.sha256(packed).digest()[:_SEAL] != seal:
        raise ValueError("seal")
    unpacker = zlib.decompressobj()
    body = unpacker.decompress(packed, _MOST_BYTES)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("length")
    return body


def _rising(points: Array) -> Array:
    if len(points) > MOST_POINTS or not np.isfinite(points).all() or (np.diff(points) <= 0).any():
        raise ValueError("points")
    return points


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError("name")
    return name


def _damaged() -> ArtefactCorrupt:
    return ArtefactCorrupt(Code.ARTEFACT_CORRUPT, "A stored profile is damaged.")
