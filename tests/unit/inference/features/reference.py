"""The 32 columns written a second time, slowly and word by word, to check the fast ones against."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import nan

from inference.records import LogRecord

MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){4}([0-9A-Fa-f]{2}[:-])([0-9A-Fa-f]{2})")
IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


def occurs(pattern: str, text: str) -> bool:
    """Plain search that ignores case."""
    return re.search(pattern, text, re.IGNORECASE) is not None


def extract(records: Sequence[LogRecord]) -> list[list[float]]:
    """The matrix as rows, the row-order quirk included."""
    rows = [clock(record.timestamp) + text(record.message) + beside(record, records) for record in records]
    ordered = sorted(
        (record for record in records if record.timestamp is not None),
        key=lambda record: record.timestamp,  # type: ignore[arg-type,return-value]
    )
    windows = [window_row(record, ordered) for record in ordered]
    windows += [[0.0] * 12] * (len(records) - len(windows))
    return [row + window for row, window in zip(rows, windows, strict=True)]


def clock(moment: datetime | None) -> list[float]:
    """Columns 1-6."""
    if moment is None:
        return [nan, nan, nan, nan, 0, 0]
    second_of_day = moment.hour * 3600 + moment.minute * 60 + moment.second
    day = moment.weekday()
    return [
        moment.hour,
        day,
        moment.minute,
        second_of_day,
        float(day in (5, 6)),
        float(moment.hour in range(9, 17)),
    ]


def text(message: str) -> list[float]:
    """Columns 7-17."""
    capitals = sum("A" <= c <= "Z" for c in message)
    plain = sum(c.isascii() and c.isalnum() for c in message)
    spaces = sum(c.isspace() for c in message)
    return [
        float(occurs("AP-STA-CONNECTED|AP-STA-DISCONNECTED|STA-ASSOC|STA-DISASSOC", message)),
        float(occurs("AUTH|AUTHENTICATION|LOGIN|LOGOUT", message)),
        float(occurs("ERROR|FAILED|DENIED|REJECTED", message)),
        len(MAC.findall(message)),
        len(IP.findall(message)),
        len(message),
        len(message.split()),
        len(message) - plain - spaces,
        capitals / len(message) if message else 0,
        sum(c.isdecimal() for c in message),
        len(set(message)),
    ]


def beside(record: LogRecord, records: Sequence[LogRecord]) -> list[float]:
    """Columns 18-20."""
    level = float(LEVELS.index(record.level)) if record.level in LEVELS else 1.0
    if record.program is None:
        return [nan, level, nan]
    named = [other.program for other in records if other.program is not None]
    ours = named.count(record.program)
    ranks = sorted({named.count(name) for name in named})
    return [ranks.index(ours) + 1.0, level, ours / len(named)]


def window_row(record: LogRecord, timed: Sequence[LogRecord]) -> list[float]:
    """Columns 21-32 of one line."""
    row: list[float] = []
    for minutes in (5, 15, 60):
        end = record.timestamp
        assert end is not None
        start = end - timedelta(minutes=minutes)
        inside = [other for other in timed if other.timestamp is not None and start <= other.timestamp <= end]
        row += [
            sum(occurs("AP-STA-CONNECTED", other.message) for other in inside),
            len({pair for other in inside for pair in MAC.findall(other.message)}),
            sum(occurs("ERROR|FAILED", other.message) for other in inside),
            len({other.program for other in inside if other.program is not None}),
        ]
    return row
