"""Times as senders write them: ISO 8601 with or without a zone, or an epoch in s, ms, µs or ns."""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from modelhub.errors import Code, InputInvalid

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
AFTER_LAST = datetime(2201, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,12})?", re.ASCII)
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$|Z$)", re.ASCII)
_LONGEST_TEXT = 64
# A value below the first bound is seconds (up to year 5138), then milliseconds, then microseconds.
_UNITS = ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1))


def parse_time(value: Any) -> datetime:
    """The aware time that ``value`` means; a written offset is kept, a missing one means UTC.

    Digits beyond microseconds are dropped.

    Raises:
        InputInvalid: ``record_invalid``: no time, or outside the years 1970 to 2200.
    """
    moment = _parsed(value)
    if moment is None:
        raise InputInvalid(
            Code.RECORD_INVALID, "The time cannot be read. Send ISO 8601 or an epoch in s, ms, µs or ns."
        )
    return check_time(moment)


def check_time(moment: datetime) -> datetime:
    """``moment`` itself.

    Raises:
        InputInvalid: ``record_invalid``: outside the years 1970 to 2200, UTC.
    """
    if not FIRST <= moment < AFTER_LAST:
        raise InputInvalid(Code.RECORD_INVALID, "The time is outside the years 1970 to 2200.")
    return moment


def iso_time(text: str) -> datetime | None:
    """An ISO 8601 text as an aware time (without a zone: UTC), or None; any year."""
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        moment = datetime.fromisoformat(
            text if text[-1:] == "Z" and text[-2:-1].isdigit() else _SPACED_OFFSET.sub("", text)
        )
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parsed(value: Any) -> datetime | None:
    if isinstance(value, str):
        text = value.strip()
        if "-" in text[1:] or not _NUMBER.fullmatch(text):
            return iso_time(text)
        return _epoch(float(text) if "." in text else int(text))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _epoch(value)


def _epoch(value: float) -> datetime | None:
    if not math.isfinite(value):
        return None
    for bound, factor in _UNITS:
        if abs(value) < bound:
            return _after_epoch(value * factor)
    return _after_epoch(value // 1_000)


def _after_epoch(microseconds: float) -> datetime | None:
    try:
        return FIRST + timedelta(microseconds=round(microseconds))
    except OverflowError:
        return None
