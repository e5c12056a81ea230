"""The body of an analyze request: a JSON array, an object with ``logs``, or JSON lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inference.intake import jsonguard
from inference.intake.resolver import Resolver
from inference.records import LogRecord
from modelhub.errors import Code, InputInvalid

MAX_RECORDS = 10_000
NDJSON_TYPES = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/jsonlines",
    }
)


@dataclass(frozen=True, slots=True)
class RecordError:
    """One record that could not be used: its place in the request, the code and a sentence."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Intake:
    """What a body held. ``entries``, ``indexes`` and ``records`` have one item per accepted record.

    ``entries`` are the objects as sent, ``indexes`` their places in the request.
    """

    entries: list[Mapping[str, Any]] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    records: list[LogRecord] = field(default_factory=list)
    errors: list[RecordError] = field(default_factory=list)

    @property
    def received(self) -> int:
        """Number of records in the request, good and bad."""
        return len(self.records) + len(self.errors)


def parse_body(
    data: bytes, content_type: str, *, received_at: datetime, max_records: int = MAX_RECORDS
) -> Intake:
    """The records of a request body, already unpacked; a bad record is an error beside the others.

    Raises:
        InputInvalid: ``json_invalid``; ``body_invalid`` where there is no list of records;
            ``body_too_large`` for more than ``max_records``.
    """
    if not data.strip():
        raise InputInvalid(Code.BODY_INVALID, "The body is empty. Send a list of log records.")
    if is_ndjson(content_type):
        return _lines(data, received_at, max_records)
    return accept(_listed(jsonguard.decode(data)), received_at=received_at, max_records=max_records)


def is_ndjson(content_type: str) -> bool:
    """Whether the media type, with or without parameters, means JSON lines."""
    return content_type.partition(";")[0].strip().lower() in NDJSON_TYPES


def accept(values: list[Any], *, received_at: datetime, max_records: int = MAX_RECORDS) -> Intake:
    """Resolve already decoded ``values`` one by one.

    Raises:
        InputInvalid: ``body_too_large`` for more than ``max_records``.
    """
    _check_count(len(values), max_records)
    intake = Intake()
    resolver = Resolver(received_at)
    for index, value in enumerate(values):
        _add(intake, index, value, resolver)
    return intake


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = value.get("logs")
    if isinstance(value, list):
        return value
    raise InputInvalid(
        Code.BODY_INVALID, 'The body must be a JSON array of log records or an object {"logs": [...]}.'
    )


def _lines(data: bytes, received_at: datetime, max_records: int) -> Intake:
    lines = [line for line in data.split(b"\n") if line.strip()]
    _check_count(len(lines), max_records)
    intake, resolver = Intake(), Resolver(received_at)
    unreadable: InputInvalid | None = None
    for index, line in enumerate(lines):
        try:
            value = jsonguard.decode(line)
        except InputInvalid as error:
            unreadable = error
            intake.errors.append(RecordError(index, error.code.value, error.detail))
            continue
        _add(intake, index, value, resolver)
    if (
        unreadable is not None
        and all(error.code == Code.JSON_INVALID for error in intake.errors)
        and not intake.records
    ):
        raise unreadable
    return intake


def _add(intake: Intake, index: int, value: Any, resolver: Resolver) -> None:
    if not isinstance(value, dict):
        intake.errors.append(RecordError(index, Code.RECORD_INVALID.value, "A record must be an object."))
        return
    try:
        record = resolver.resolve(value)
    except InputInvalid as error:
        intake.errors.append(RecordError(index, error.code.value, error.detail))
        return
    intake.entries.append(value)
    intake.indexes.append(index)
    intake.records.append(record)


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise InputInvalid(
            Code.BODY_TOO_LARGE, f"The body holds {count} records; at most {most} are allowed in one request."
        )
