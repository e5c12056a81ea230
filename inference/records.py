"""The log record, as every intake makes it and every feature set reads it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log line.

    ``timestamp`` is aware and keeps the offset it was written with (features read the local hour),
    or None where the sender gave none and nothing may be assumed. ``program`` None means unknown.
    ``level`` is the upper-case name the sender gave, not normalised beyond case, or None.
    ``record_id`` was given by the sender or is a content hash.
    """

    message: str
    timestamp: datetime | None = None
    program: str | None = None
    level: str | None = None
    host: str | None = None
    record_id: str = ""
    timestamp_assumed: bool = False
