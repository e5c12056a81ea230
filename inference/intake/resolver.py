"""One resolver for all senders: a JSON object with anybody's field names becomes a log record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inference.intake.levels import canonical_level
from inference.intake.storable import check_message, check_text
from inference.intake.times import parse_time
from inference.records import LogRecord, content_id
from modelhub.errors import Code, InputInvalid

MAX_NAME = 255
MAX_ID = 128

_TEXT_KEYS = ("message", "log", "msg", "body", "event", "short_message", "raw_message")
_TIME_KEYS = ("timestamp", "@timestamp", "date", "time", "ts", "timeUnixNano")
_LEVEL_KEYS = (
    "level",
    "log_level",
    "severity",
    "severityText",
    "log.level",
    "severityNumber",
    "severity_number",
)
_PROGRAM_KEYS = ("program", "process_name", "process", "appname", "service.name", "process.name")
_HOST_KEYS = ("host", "hostname", "host.name", "device_ip")


def resolve(entry: Mapping[str, Any], *, received_at: datetime) -> LogRecord:
    """The record that ``entry`` means; without a time it gets ``received_at``, marked as assumed.

    Of several names for one thing the first that holds something wins, in the documented order. A
    dotted name is found as it stands and as nested objects.

    Raises:
        InputInvalid: ``record_invalid``: no text, a text that cannot be stored or is too long, or a
            time that cannot be read.
    """
    message = _message(entry)
    written = _first_time(entry)
    timestamp = received_at if written is None else parse_time(written)
    program = _name(entry, _PROGRAM_KEYS)
    host = _name(entry, _HOST_KEYS)
    return LogRecord(
        message=message,
        timestamp=timestamp,
        program=program,
        level=_level(entry),
        host=host,
        record_id=_given_id(entry) or content_id(message, timestamp=timestamp, program=program, host=host),
        timestamp_assumed=written is None,
    )


def _message(entry: Mapping[str, Any]) -> str:
    found: str | None = None
    for key in _TEXT_KEYS:
        value = entry.get(key)
        if isinstance(value, dict) and key == "body":
            value = value.get("stringValue")
        if isinstance(value, str):
            found = value
            if value:
                break
    if found is None:
        raise InputInvalid(Code.RECORD_INVALID, "The record has no text. Send it as `message`.")
    return check_message(found)


def _first_time(entry: Mapping[str, Any]) -> Any:
    for key in _TIME_KEYS:
        value = entry.get(key)
        if value is None or value == "" or (key == "timeUnixNano" and value in (0, "0")):
            continue  # OpenTelemetry writes 0 for an unknown time
        return value
    return None


def _level(entry: Mapping[str, Any]) -> str | None:
    for key in _LEVEL_KEYS:
        level = canonical_level(_value(entry, key), key=key)
        if level is not None:
            return check_text(level, "level")
    return None


def _name(entry: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = _value(entry, key)
        if isinstance(value, str) and value:
            if len(value) > MAX_NAME:
                raise InputInvalid(Code.RECORD_INVALID, f"`{key}` is longer than {MAX_NAME} characters.")
            return check_text(value, key)
    return None


def _given_id(entry: Mapping[str, Any]) -> str:
    value = entry.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    if len(text) > MAX_ID:
        raise InputInvalid(Code.RECORD_INVALID, f"`id` is longer than {MAX_ID} characters.")
    return check_text(text, "id")


def _value(entry: Mapping[str, Any], key: str) -> Any:
    """The value under ``key``, dotted keys also as nested objects."""
    value = entry.get(key)
    if value is None and "." in key:
        outer, inner = key.split(".", 1)
        nested = entry.get(outer)
        return nested.get(inner) if isinstance(nested, dict) else None
    return value
