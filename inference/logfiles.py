"""Log files as a stream of records: JSON lines, exports, syslog text or plain text, gzip or not.

Memory stays bounded: one line at a time, long lines cut off as faults. Only a JSON document (an
export or an array) is read whole, up to ``MAX_DOCUMENT_BYTES``.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from inference.intake import jsonguard
from inference.intake.export import faithful
from inference.intake.resolver import resolve
from inference.intake.storable import check_message, check_record
from inference.intake.streams import BROKEN_COMPRESSION, open_log
from inference.intake.syslog import SyslogLine, YearlessReader, read_iso, read_logread, read_rfc5424
from inference.records import LogRecord
from modelhub.errors import Code, InputInvalid, ModelhubError

MAX_LINE_BYTES = 1024 * 1024
MAX_SKIPPED_BYTES = 64 * 1024 * 1024
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
_SAMPLE_LINES = 20
_BOM = b"\xef\xbb\xbf"
_DOCUMENT = re.compile(r"""\[\s*\{|\{\s*"(?:export_metadata|data|logs)"\s*:\s*[\[{]""")


class LogFormat(StrEnum):
    """How a log file is written."""

    JSONL = "jsonl"
    JSON = "json"
    SYSLOG = "syslog"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One line (or item of a document): its number from 1, and a record or the reason there is none.

    ``entry`` is the JSON object as written; for text lines it holds the line as ``raw_message``.
    """

    number: int
    record: LogRecord | None
    entry: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    ends_file: bool = False  # a compressed file is damaged from here on, so what follows is unknown


class _EndlessLineError(Exception):
    """A line so long that the rest of the file is not worth waiting for."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """The choices of one reading."""

    now: datetime
    year: int | None
    as_trained: bool


def read_records(
    path: str,
    *,
    log_format: LogFormat | None = None,
    as_trained: bool = False,
    year: int | None = None,
    received_at: datetime | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[ParsedLine]:
    """The lines of a log file, or of standard input for ``-``; blank lines are left out.

    ``log_format`` None means told from the first lines. ``as_trained`` reads JSON records exactly as
    the training service does (levels untouched, no time assumed). ``year`` is the year of the first
    line where times carry none. Lines without a time get ``received_at``. ``on_bytes`` is told the
    bytes of the file consumed since its last call. A line that cannot be used is an item with
    ``error``; so is a damaged end of a compressed file, after which nothing follows.

    Raises:
        OSError: the file cannot be opened or read.
        InputInvalid: ``record_invalid`` where a line does not end within ``MAX_SKIPPED_BYTES``.
    """
    now = received_at or datetime.now(UTC)
    with open_log(path, on_bytes=on_bytes) as stream:
        number = 0
        try:
            chosen = log_format or detect(stream.peek(64 * 1024))
            for line in _parsed(stream, chosen, _Turn(now, year, as_trained)):
                number = line.number
                yield line
        except BROKEN_COMPRESSION:
            yield ParsedLine(
                number + 1, None, error="The compressed file is damaged or ends early.", ends_file=True
            )
        except _EndlessLineError:
            limit = MAX_SKIPPED_BYTES // 1024**2
            raise InputInvalid(
                Code.RECORD_INVALID, f"{path} is not a log: it has a line of more than {limit} MiB."
            ) from None


def detect(head: bytes) -> LogFormat:
    """The format that the first bytes of a file speak for."""
    lines = [line for line in _text(head).lstrip("\ufeff").splitlines() if line.strip()][:_SAMPLE_LINES]
    if not lines:
        return LogFormat.PLAIN
    first = lines[0].strip()
    if first in ("{", "[") or _DOCUMENT.match(first):
        return LogFormat.JSON
    if first.startswith("{"):
        return LogFormat.JSONL
    reader = _Syslog(YearlessReader(now=datetime.now(UTC), year=2000))  # a leap year: any day can be told
    known = sum(reader.read(line) is not None for line in lines)
    return LogFormat.SYSLOG if 2 * known >= len(lines) else LogFormat.PLAIN


class _Syslog:
    """Any of the syslog forms; the one that fitted last is tried first."""

    def __init__(self, yearless: YearlessReader) -> None:
        self._readers = [yearless.read, read_rfc5424, read_iso, read_logread]

    def read(self, line: str) -> SyslogLine | None:
        for place, reader in enumerate(self._readers):
            if (parts := reader(line)) is not None:
                self._readers.insert(0, self._readers.pop(place))
                return parts
        return None


def _parsed(stream: io.BufferedReader, form: LogFormat, turn: _Turn) -> Iterator[ParsedLine]:
    if form is LogFormat.JSON:
        yield from _document(stream, turn)
        return
    syslog = _Syslog(YearlessReader(now=turn.now, year=turn.year))
    for number, raw in _lines(stream):
        if len(raw) > MAX_LINE_BYTES:
            yield ParsedLine(number, None, error=f"The line is longer than {MAX_LINE_BYTES} bytes.")
        elif form is LogFormat.JSONL:
            yield _json_line(number, raw, turn)
        elif form is LogFormat.SYSLOG:
            yield _syslog_line(number, _text(raw), syslog)
        else:
            yield _plain_line(number, _text(raw), turn)


def _lines(stream: io.BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Numbered lines without their ends; of one that is too long its beginning, one byte over the limit."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        rest, skipped = raw, 0
        while not rest.endswith(b"\n") and len(rest) > MAX_LINE_BYTES:
            rest = stream.readline(MAX_LINE_BYTES + 1)
            skipped += len(rest)
            if skipped > MAX_SKIPPED_BYTES:
                raise _EndlessLineError
        if raw.strip():
            yield number, raw.removeprefix(_BOM).rstrip(b"\r\n") if len(raw) <= MAX_LINE_BYTES else raw


def _document(stream: io.BufferedReader, turn: _Turn) -> Iterator[ParsedLine]:
    data = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        yield ParsedLine(
            1, None, error=f"The document is larger than {MAX_DOCUMENT_BYTES} bytes; use JSON lines."
        )
        return
    try:
        value = jsonguard.decode(data.removeprefix(_BOM))
    except ModelhubError as error:
        yield ParsedLine(1, None, error=error.detail)
        return
    del data
    if isinstance(value, dict):
        turn = turn if "export_metadata" not in value else replace(turn, as_trained=True)
        value = value.get("data", value.get("logs"))
    if not isinstance(value, list):
        yield ParsedLine(1, None, error="The document holds no list of records.")
        return
    for number, entry in enumerate(value, start=1):
        yield _entry(number, entry, turn)


def _json_line(number: int, raw: bytes, turn: _Turn) -> ParsedLine:
    try:
        return _entry(number, jsonguard.decode(raw), turn)
    except ModelhubError as error:
        return ParsedLine(number, None, error=error.detail)


def _entry(number: int, entry: Any, turn: _Turn) -> ParsedLine:
    if not isinstance(entry, dict):
        return ParsedLine(number, None, error="A record must be an object.")
    try:
        record = check_record(faithful(entry) if turn.as_trained else resolve(entry, received_at=turn.now))
    except ModelhubError as error:
        return ParsedLine(number, None, entry, error.detail)
    return ParsedLine(number, record, entry)


def _syslog_line(number: int, line: str, syslog: _Syslog) -> ParsedLine:
    parts = syslog.read(line)
    if parts is None:
        return ParsedLine(number, None, {"raw_message": line}, "The line has no form of syslog.")
    return _text_record(number, line, parts, is_assumed=False)


def _plain_line(number: int, line: str, turn: _Turn) -> ParsedLine:
    return _text_record(number, line, SyslogLine(turn.now, None, None, None, line), is_assumed=True)


def _text_record(number: int, line: str, parts: SyslogLine, *, is_assumed: bool) -> ParsedLine:
    entry = {"raw_message": line}
    time, host, program, level, message = parts
    try:
        check_message(line)
        record = check_record(LogRecord(message, time, program, level, host, timestamp_assumed=is_assumed))
    except ModelhubError as error:
        return ParsedLine(number, None, entry, error.detail)
    return ParsedLine(number, record, entry)


def _text(raw: bytes) -> str:
    """Bytes that are no UTF-8 stay visible as escapes."""
    return raw.decode("utf-8", "backslashreplace")
