"""What the time of a line says: the calendar columns and the instant that orders a batch."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from inference.features.contract import Matrix

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WITHOUT_TIME = (np.nan, np.nan, np.nan, np.nan, 0.0, 0.0)


def clock_columns(timestamps: Sequence[datetime | None]) -> Matrix:
    """Hour, weekday, minute, second of the day, weekend, business hours, shape (n, 6).

    All are read in the offset the timestamp was written with. Without a timestamp the first four are
    NaN and the last two 0. Business hours are 9 to before 17, weekends included.
    """
    rows = [_WITHOUT_TIME if moment is None else _row(moment) for moment in timestamps]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 6)


def instants(timestamps: Sequence[datetime]) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 in UTC, shape (n,); exact over all years a datetime can hold."""
    return np.array([_instant(moment) for moment in timestamps], dtype=np.int64)


def _row(moment: datetime) -> tuple[float, ...]:
    hour, minute, weekday = moment.hour, moment.minute, moment.weekday()
    midnight = hour * 3600 + minute * 60 + moment.second
    return hour, weekday, minute, midnight, weekday >= 5, 9 <= hour < 17


def _instant(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
