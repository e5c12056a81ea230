"""What the time of a line says: the calendar columns and the instant that orders a batch."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import nan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WITHOUT_TIME = (nan, nan, nan, nan, 0.0, 0.0)


def clock_rows(timestamps: Iterable[datetime | None]) -> list[tuple[float, ...]]:
    """Hour, weekday, minute, second of the day, weekend, business hours of each line.

    All are read in the offset the timestamp was written with. Without a timestamp the first four are
    NaN and the last two 0. Business hours are 9 to before 17, weekends included.
    """
    return [_WITHOUT_TIME if moment is None else _row(moment) for moment in timestamps]


def instants(timestamps: Iterable[datetime | None]) -> list[int]:
    """Microseconds since 1970 in UTC; exact over all years a datetime can hold. None is left out."""
    return [_instant(moment) for moment in timestamps if moment is not None]


def _row(moment: datetime) -> tuple[float, ...]:
    hour, minute, weekday = moment.hour, moment.minute, moment.weekday()
    midnight = hour * 3600 + minute * 60 + moment.second
    return hour, weekday, minute, midnight, weekday >= 5, 9 <= hour < 17


def _instant(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
