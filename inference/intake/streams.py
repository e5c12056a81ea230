"""Bytes of a log file, plain or gzip, told apart by content, with the bytes consumed counted."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

_CHUNK = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
BROKEN_COMPRESSION = (EOFError, zlib.error, gzip.BadGzipFile)


@contextmanager
def open_log(path: str, *, on_bytes: Callable[[int], None] | None = None) -> Iterator[io.BufferedReader]:
    """The unpacked bytes of ``path``, or of standard input for ``-``.

    ``on_bytes`` is told how many bytes of the file itself were read since the last call.

    Raises:
        OSError: the file cannot be opened. Reading may raise one of ``BROKEN_COMPRESSION``.
    """
    if path == "-":
        yield _unpacked(sys.stdin.buffer, on_bytes)
        return
    with open(path, "rb", buffering=0) as raw:
        yield _unpacked(raw, on_bytes)


def _unpacked(source: BinaryIO | io.FileIO, on_bytes: Callable[[int], None] | None) -> io.BufferedReader:
    counted: io.BufferedReader = io.BufferedReader(_Counted(source, on_bytes), _CHUNK)
    if counted.peek(2)[:2] != _GZIP_MAGIC:
        return counted
    return io.BufferedReader(_Readable(gzip.GzipFile(fileobj=counted)), _CHUNK)


class _Counted(io.RawIOBase):
    def __init__(self, source: BinaryIO | io.FileIO, on_bytes: Callable[[int], None] | None) -> None:
        self._source = source
        self._on_bytes = on_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer)) or b""
        buffer[: len(data)] = data
        if self._on_bytes is not None and data:
            self._on_bytes(len(data))
        return len(data)


class _Readable(io.RawIOBase):
    """gzip's own reader answers short reads only through a raw stream, which ``peek`` needs."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)
