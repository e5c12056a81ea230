"""One resolver for all senders: a JSON object with anybody's field names becomes a log record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from inference.intake.levels import canonical_level
from inference.intake.storable import check_message, check_text
from inference.intake.times import parse_time
from inference.records import LogRecord
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


class _Layout(NamedTuple):
    """The keys that objects of one layout may hold each thing under, the first that counts first."""

    text: tuple[str, ...]
    time: tuple[str, ...]
    level: tuple[str, ...]
    program: tuple[str, ...]
    host: tuple[str, ...]


class Resolver:
    """Makes records of the objects of one body; those without a time get ``received_at``, marked as assumed.

    A sender writes the same keys over and over, and many lines in the same second: which keys matter is
    worked out once for each set of keys, a time once for each text.
    """

    def __init__(self, received_at: datetime) -> None:
        self._received_at = received_at
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._times: dict[str, datetime] = {}

    def resolve(self, entry: Mapping[str, Any]) -> LogRecord:
        """The record that ``entry`` means; see :func:`resolve`."""
        keys = tuple(entry)
        layout = self._layouts.get(keys)
        if layout is None:
            layout = self._layouts[keys] = _layout(entry)
        message = _message(entry, layout.text)
        written = _first_time(entry, layout.time)
        timestamp = self._received_at if written is None else self._time(written)
        program, host = _name(entry, layout.program), _name(entry, layout.host)
        level = _level(entry, layout.level)
        return LogRecord(message, timestamp, program, level, host, _given_id(entry), written is None)

    def _time(self, written: Any) -> datetime:
        if type(written) is not str:
            return parse_time(written)
        known = self._times.get(written)
        if known is None:
            known = self._times[written] = parse_time(written)
        return known


def resolve(entry: Mapping[str, Any], *, received_at: datetime) -> LogRecord:
    """The record that ``entry`` means; without a time it gets ``received_at``, marked as assumed.

    Of several names for one thing the first that holds something wins, in the documented order. A
    dotted name is found as it stands and as nested objects.

    Raises:
        InputInvalid: ``record_invalid``: no text, a text that cannot be stored or is too long, or a
            time that cannot be read.
    """
    return Resolver(received_at).resolve(entry)


def _layout(entry: Mapping[str, Any]) -> _Layout:
    def present(keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(key for key in keys if key in entry or ("." in key and key.split(".", 1)[0] in entry))

    return _Layout(*map(present, (_TEXT_KEYS, _TIME_KEYS, _LEVEL_KEYS, _PROGRAM_KEYS, _HOST_KEYS)))


def _message(entry: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    found: str | None = None
    for key in keys:
        value = entry[key]
        if isinstance(value, dict) and key == "body":
            value = value.get("stringValue")
        if isinstance(value, str):
            found = value
            if value:
                break
    if found is None:
        raise InputInvalid(Code.RECORD_INVALID, "The record has no text. Send it as `message`.")
    return check_message(found)


def _first_time(entry: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = entry[key]
        if value is None or value == "" or (key == "timeUnixNano" and value in (0, "0")):
            continue  # OpenTelemetry writes 0 for an unknown time
        return value
    return None


def _level(entry: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = entry.get(key)
        if value is None and "." in key:
            value = _nested(entry, key)
        level = None if value is None else canonical_level(value, key=key)
        if level is not None:
            return check_text(level, "level")
    return None


def _name(entry: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = entry.get(key)
        if value is None and "." in key:
            value = _nested(entry, key)
        if value and isinstance(value, str):
            if len(value) > MAX_NAME:
                raise InputInvalid(Code.RECORD_INVALID, f"`{key}` is longer than {MAX_NAME} characters.")
            return check_text(value, key)
    return None


def _given_id(entry: Mapping[str, Any]) -> str:
    value = entry.get("id")
    if value is None or isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    if len(text) > MAX_ID:
        raise InputInvalid(Code.RECORD_INVALID, f"`id` is longer than {MAX_ID} characters.")
    return check_text(text, "id")


def _nested(entry: Mapping[str, Any], key: str) -> Any:
    """The value that nested objects hold under a dotted key."""
    outer, inner = key.split(".", 1)
    nested = entry.get(outer)
    return nested.get(inner) if isinstance(nested, dict) else None
