"""The bytes of one zip entry, decompressed in small steps and never believed."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from modelhub.artifacts.staging import too_large
from modelhub.artifacts.zipdirectory import STORED, Entry, corrupt

_STEP = 256 * 1024


def chunks(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The entry's content, at most 256 KiB at a time.

    Raises PackageRefused: package_file_too_large at the first byte beyond the size that the table
    declared, package_corrupt for a wrong checksum, a short or broken stream.
    """
    size, checksum = 0, 0
    for chunk in _stored(file, entry) if entry.method == STORED else _inflated(file, entry):
        size += len(chunk)
        if size > entry.size:
            raise too_large(entry.name)
        checksum = zlib.crc32(chunk, checksum)
        yield chunk
    if size != entry.size:
        raise corrupt(f"{entry.name} is shorter than declared")
    if checksum != entry.crc:
        raise corrupt(f"{entry.name} has a wrong checksum")


def _packed(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    # Seek for every step: the caller may read elsewhere in between.
    at, end = entry.data_offset, entry.data_offset + entry.packed
    while at < end:
        file.seek(at)
        chunk = file.read(min(_STEP, end - at))
        if not chunk:
            raise corrupt(f"{entry.name} is cut short")
        at += len(chunk)
        yield chunk


_stored = _packed


def _inflated(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in _packed(file, entry):
            while packed and not inflater.eof:
                yield inflater.decompress(packed, _STEP)
                packed = inflater.unconsumed_tail
            if packed or inflater.unused_data:
                raise corrupt(f"{entry.name} has bytes behind its end")
        while not inflater.eof and (rest := inflater.decompress(b"", _STEP)):
            yield rest
    except zlib.error:
        raise corrupt(f"{entry.name} cannot be decompressed") from None
    if not inflater.eof:
        raise corrupt(f"{entry.name} is cut short")
