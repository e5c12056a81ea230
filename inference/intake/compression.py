"""Compressed bodies, unpacked no further than a limit."""

import zlib

from modelhub.errors import Code, InputInvalid

_GZIP = 16 + zlib.MAX_WBITS


def gzip_bounded(data: bytes, limit: int) -> bytes:
    """The content of a gzip body of one or more members, at most ``limit`` bytes.

    Raises:
        InputInvalid: ``body_too_large`` beyond the limit, ``body_invalid`` where it is no whole gzip.
    """
    parts: list[bytes] = []
    room = limit
    while data:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            part = unpacker.decompress(data, room + 1)
        except zlib.error:
            raise _broken() from None
        room -= len(part)
        if room < 0:
            raise InputInvalid(Code.BODY_TOO_LARGE, f"The unpacked body is larger than {limit} bytes.")
        if not unpacker.eof:
            raise _broken()
        parts.append(part)
        data = unpacker.unused_data.lstrip(b"\0")  # some writers pad the end with zeros
    if not parts:
        raise _broken()
    return b"".join(parts)


def _broken() -> InputInvalid:
    return InputInvalid(Code.BODY_INVALID, "The body is announced as gzip but cannot be unpacked.")
