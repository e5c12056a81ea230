"""The table of contents of a zip, read strictly: what is ambiguous is refused, not guessed.

Python's ``zipfile`` is not used for reading: it keeps a table of any length in memory, believes the
sizes a table claims, lets entries overlap (before 3.11.8) and raises a dozen kinds of exceptions on
mutated files. Packages need the plain core of the format only: no ZIP64, no parts, no gaps in front.
"""

import stat
import struct
from dataclasses import dataclass
from typing import BinaryIO

from modelhub.artifacts.limits import Limits
from modelhub.errors import Code, PackageRefused

STORED = 0
DEFLATED = 8
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_MARK, _ENTRY_MARK, _LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 0xFFFF
_LONGEST_TABLE_ENTRY = 1024  # 46 bytes, a name of at most 200 here and a few short extra fields


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the table describes it; ``name`` keeps undecodable bytes as surrogates.

    ``data_offset`` is where its compressed bytes begin.
    """

    name: str
    method: int
    flags: int
    version: int
    crc: int
    packed: int
    size: int
    mode: int
    data_offset: int

    @property
    def is_folder(self) -> bool:
        """True for an entry that only names a folder."""
        return self.name.endswith("/")

    @property
    def is_encrypted(self) -> bool:
        """True where any of the encryption flags is set."""
        return bool(self.flags & 0x2041)

    @property
    def is_special(self) -> bool:
        """True for a symbolic link, device or pipe, as the Unix mode says."""
        kind = stat.S_IFMT(self.mode)
        return kind not in ({0, stat.S_IFDIR} if self.is_folder else {0, stat.S_IFREG})


def read_entries(file: BinaryIO, limits: Limits) -> tuple[Entry, ...]:
    """All entries, in the table's order, none overlapping another.

    Raises PackageRefused: package_not_zip, package_corrupt, package_too_many_entries, package_overlap.
    """
    count, start, size = _read_end(file)
    if count > limits.entries:
        raise PackageRefused(
            Code.PACKAGE_TOO_MANY_ENTRIES,
            f"The zip has more than the {limits.entries} entries a package may have.",
        )
    if size > limits.entries * _LONGEST_TABLE_ENTRY:
        raise corrupt("its table of contents is far too long")
    file.seek(start)
    rows = _split(file.read(size), count)
    spans = [_locate(file, fields, name) for fields, name in rows]
    _require_apart(spans, start)
    return tuple(_entry(fields, name, data) for (fields, name), (_, data, _) in zip(rows, spans, strict=True))


def corrupt(what: str) -> PackageRefused:
    """The refusal of a damaged or ambiguous zip."""
    return PackageRefused(Code.PACKAGE_CORRUPT, f"The zip is damaged: {what}. Fetch or build it again.")


def _read_end(file: BinaryIO) -> tuple[int, int, int]:
    """Count, offset and size of the table, from the record that must close the file."""
    length = file.seek(0, 2)
    tail_start = max(0, length - _END.size - _LONGEST_COMMENT)
    file.seek(tail_start)
    tail = file.read(length - tail_start)
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise PackageRefused(
            Code.PACKAGE_NOT_ZIP, "The file is not a zip, or its end is missing; fetch or build it again."
        )
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        raise corrupt("its closing record does not end the file")
    if disk or first_disk or here != count:
        raise corrupt("it is one part of several")
    if count == 0xFFFF or size == 0xFFFFFFFF or start == 0xFFFFFFFF:
        raise PackageRefused(
            Code.PACKAGE_TOO_MANY_ENTRIES,
            "The zip uses the ZIP64 table, which only far larger archives need.",
        )
    if start + size != tail_start + at:
        raise corrupt("its table of contents is not where the closing record says")
    return count, start, size


def _split(table: bytes, count: int) -> list[tuple[tuple[int, ...], bytes]]:
    rows = []
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(table):
            raise corrupt("its table of contents is cut short")
        mark, *fields = _ENTRY.unpack_from(table, at)
        name_length, extra, comment = fields[9:12]
        name = table[at + _ENTRY.size : at + _ENTRY.size + name_length]
        at += _ENTRY.size + name_length + extra + comment
        if mark != _ENTRY_MARK or at > len(table):
            raise corrupt("its table of contents is malformed")
        rows.append((tuple(fields), name))
    if at != len(table):
        raise corrupt("its table of contents holds more than it counts")
    return rows


def _locate(file: BinaryIO, fields: tuple[int, ...], name: bytes) -> tuple[int, int, int]:
    """Where an entry's header, its data and its end lie; header and table must tell the same name."""
    offset, packed = fields[15], fields[7]
    file.seek(offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        raise corrupt("an entry lies outside the file")
    mark, _, flags, method, _, _, _, _, _, name_length, extra = _LOCAL.unpack(header)
    if mark != _LOCAL_MARK or file.read(name_length) != name:
        raise corrupt("an entry does not begin where the table of contents says")
    if method != fields[3] or (flags ^ fields[2]) & 0x2041:
        raise corrupt("an entry contradicts the table of contents")
    data = offset + _LOCAL.size + name_length + extra
    return offset, data, data + packed


def _require_apart(spans: list[tuple[int, int, int]], table_start: int) -> None:
    ordered = sorted(spans)
    starts = [begin for begin, _, _ in ordered[1:]] + [table_start]
    if any(end > following for (_, _, end), following in zip(ordered, starts, strict=False)):
        raise PackageRefused(
            Code.PACKAGE_OVERLAP, "Entries of the zip overlap, as in a zip bomb; nothing was unpacked."
        )


def _entry(fields: tuple[int, ...], name: bytes, data_offset: int) -> Entry:
    return Entry(
        name=name.decode("ascii", "surrogateescape"),
        version=fields[1] & 0xFF,
        flags=fields[2],
        method=fields[3],
        crc=fields[6],
        packed=fields[7],
        size=fields[8],
        mode=fields[14] >> 16,
        data_offset=data_offset,
    )
