"""The bytes of a model file behind its compression, with a limit on what they may grow to."""

import bz2
import gzip
import io
import lzma
import zlib
from typing import BinaryIO

from modelhub.artifacts.quarantine.refusal import Reason, Refused

SKOPS = "skops"  # no pickle at all: a zip that has a reader of its own
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ": "xz",
    b"]\x00": "lzma",
    b"ZF": "legacy",
    b"PK\x03\x04": SKOPS,
    b"\x04\x22\x4d\x18": "lz4",
    **{bytes([0x78, level]): "zlib" for level in (0x01, 0x5E, 0x9C, 0xDA)},
}
_CHUNK = 1 << 16


def unpack(source: BinaryIO, *, limit: int) -> tuple[io.BytesIO, str]:
    """The stream in memory and the name of its container ("none" for a plain pickle).

    Raises Refused: ``too_large`` above ``limit`` bytes, ``corrupt`` for an empty or broken container,
    ``legacy`` for the container of joblib before 0.10 and ``compression`` for lz4.
    """
    head = source.read(6)
    source.seek(0)
    kind = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "none")
    if not head:
        raise Refused(Reason.CORRUPT)
    if kind == "legacy":
        raise Refused(Reason.LEGACY)
    if kind == "lz4":
        raise Refused(Reason.COMPRESSION)
    try:
        return _read_capped(_opened(source, kind), limit), kind
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
        raise Refused(Reason.CORRUPT) from error


def _opened(source: BinaryIO, kind: str) -> BinaryIO:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=source)  # type: ignore[return-value]
    if kind == "bz2":
        return bz2.BZ2File(source)  # type: ignore[return-value]
    if kind in ("xz", "lzma"):
        return lzma.LZMAFile(source)  # type: ignore[return-value]
    if kind == "zlib":
        return _Zlib(source)  # type: ignore[return-value]
    return source


def _read_capped(stream: BinaryIO, limit: int) -> io.BytesIO:
    unpacked = io.BytesIO()
    while part := stream.read(_CHUNK):
        if unpacked.tell() + len(part) > limit:
            raise Refused(Reason.TOO_LARGE)
        unpacked.write(part)
    unpacked.seek(0)
    return unpacked


class _Zlib:
    """A bare zlib stream as something to read from; anything after its end is an error."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._inflate = zlib.decompressobj()

    def read(self, size: int) -> bytes:
        while not self._inflate.eof:
            waiting = self._inflate.unconsumed_tail or self._source.read(_CHUNK)
            if not waiting:
                raise EOFError
            part = self._inflate.decompress(waiting, size)
            if part:
                return part
        if self._inflate.unused_data or self._source.read(1):
            raise ValueError
        return b""
