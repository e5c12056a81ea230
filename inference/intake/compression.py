"""Compressed bodies, unpacked no further than a limit."""

import re
import zlib

from modelhub.errors import Code, InputInvalid

MAX_MEMBERS = 1_000
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 16 * 1024
_NOT_ZERO = re.compile(rb"[^\0]")


def gzip_bounded(data: bytes, limit: int) -> bytes:
    """The content of a gzip body of at most ``MAX_MEMBERS`` members, at most ``limit`` bytes. Linear time.

    Raises:
        InputInvalid: ``body_too_large`` beyond the limit, ``body_invalid`` where it is no whole gzip or
            has too many members.
    """
    parts: list[bytes] = []
    source = memoryview(data)
    room, at, members = limit, 0, 0
    while at < len(data):
        members += 1
        if members > MAX_MEMBERS:
            raise InputInvalid(
                Code.BODY_INVALID,
                f"The gzip body has more than {MAX_MEMBERS} members. Compress it as one stream.",
            )
        content, at = _member(source, at, room)
        room -= sum(map(len, content))
        if room < 0:
            raise InputInvalid(Code.BODY_TOO_LARGE, f"The unpacked body is larger than {limit} bytes.")
        parts += content
        at = _after_padding(data, at)
    if not members:
        raise _broken()
    return b"".join(parts)


def _member(source: memoryview, start: int, room: int) -> tuple[list[bytes], int]:
    """Content of the member at ``start``, at most one byte over ``room``, and where it ends.

    Fed in pieces, because a decompressor copies whatever of its input lies behind its member.
    """
    unpacker = zlib.decompressobj(_GZIP)
    content: list[bytes] = []
    at = start
    try:
        while not unpacker.eof and room >= 0:
            piece = unpacker.unconsumed_tail or source[at : at + _PIECE]
            if not piece:
                raise _broken()
            if not unpacker.unconsumed_tail:
                at += len(piece)
            part = unpacker.decompress(piece, room + 1)
            room -= len(part)
            content.append(part)
    except zlib.error:
        raise _broken() from None
    return content, at - len(unpacker.unused_data)


def _after_padding(data: bytes, at: int) -> int:
    """Where the zeros end that some writers put behind a member."""
    found = _NOT_ZERO.search(data, at)
    return found.start() if found else len(data)


def _broken() -> InputInvalid:
    return InputInvalid(Code.BODY_INVALID, "The body is announced as gzip but cannot be unpacked.")
