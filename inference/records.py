"""The log record, as every intake makes it and every feature set reads it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

_LAST = datetime.max.replace(tzinfo=UTC)


class LogRecord(msgspec.Struct, frozen=True, gc=False):
    """One log line.

    ``timestamp`` is aware and keeps the offset it was written with (features read the local hour),
    or None where the sender gave none and nothing may be assumed. ``program`` None means unknown.
    ``level`` is the name as the intake leaves it: canonical (DEBUG to CRITICAL) from the API and from
    log files, untouched from the training service's exports; None means unknown.
    ``record_id`` was given by the sender; where it is empty, :func:`id_of` names the record by its content.
    """

    # A Struct, because one request makes thousands: a frozen dataclass takes ten times as long to make.

    message: str
    timestamp: datetime | None = None
    program: str | None = None
    level: str | None = None
    host: str | None = None
    record_id: str = ""
    timestamp_assumed: bool = False


def time_order(records: Sequence[LogRecord]) -> list[int]:
    """Positions of ``records`` in ascending time, stable; lines without a time come last."""
    return sorted(range(len(records)), key=lambda place: _moment(records[place]))


def content_id(message: str, *, timestamp: datetime | None, program: str | None, host: str | None) -> str:
    """32 hex digits that are equal for equal content: what makes a repeated record recognisable."""
    when = "" if timestamp is None else timestamp.isoformat()
    host, program = host or "", program or ""
    # With their lengths in front no text can run over into the next field.
    joined = f"{len(when)}:{when}{len(host)}:{host}{len(program)}:{program}{message}"
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def id_of(record: LogRecord) -> str:
    """The id that the sender gave, or else :func:`content_id` of what the record holds."""
    return record.record_id or content_id(
        record.message, timestamp=record.timestamp, program=record.program, host=record.host
    )


def content_of(record: LogRecord) -> str:
    """:func:`content_id` of a record as it was sent: a time that was assumed is no part of it."""
    timestamp = None if record.timestamp_assumed else record.timestamp
    return content_id(record.message, timestamp=timestamp, program=record.program, host=record.host)


def _moment(record: LogRecord) -> datetime:
    return record.timestamp or _LAST
