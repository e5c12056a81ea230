"""Records exactly as the training service reads them: its own four keys, nothing interpreted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inference.intake.times import iso_time
from inference.records import LogRecord
from modelhub.errors import Code, InputInvalid


def faithful(entry: Mapping[str, Any]) -> LogRecord:
    """The record for which features equal the training service's: level and names stay untouched.

    Reads ``timestamp``, ``message``, ``process_name`` and ``log_level`` (``level`` where that key is
    absent). A null timestamp or name stays None; an empty name is a name.

    Raises:
        InputInvalid: ``record_invalid`` for a message that is no text or a timestamp that is no
            ISO 8601 text: the training service cannot read such a record either.
    """
    message = entry.get("message")
    if not isinstance(message, str):
        raise InputInvalid(Code.RECORD_INVALID, "`message` is not a text.")
    # Without the export's `id`: it counts the rows of one database and is no name beyond it.
    return LogRecord(
        message=message,
        timestamp=_time(entry.get("timestamp")),
        program=_text(entry.get("process_name")),
        level=_text(entry.get("log_level", entry.get("level"))),
        host=_text(entry.get("host")) or _text(entry.get("device_ip")),
    )


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = iso_time(value) if isinstance(value, str) else None
    if moment is None:
        raise InputInvalid(Code.RECORD_INVALID, "`timestamp` is not an ISO 8601 text.")
    return moment


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
