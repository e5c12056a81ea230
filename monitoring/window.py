"""The span of time that a summary is about: how a wish is read, and where it begins and ends."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modelhub.errors import Code, FieldError, InputInvalid

DEFAULT = "24h"
MOST_S = 366 * 86_400
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_GRAMMAR = re.compile(r"([1-9][0-9]{0,8})([smhd]?)")
# The same for documents: a number within 366 days of each unit.
PATTERN = (
    r"^(?:"
    r"(?:[1-9][0-9]{0,6}|[12][0-9]{7}|30[0-9]{6}|31[0-5][0-9]{5}|316[01][0-9]{4}|3162[01][0-9]{3}"
    r"|31622[0-3][0-9]{2}|31622400)s?"
    r"|(?:[1-9][0-9]{0,4}|[1-4][0-9]{5}|5[01][0-9]{4}|52[0-6][0-9]{3}|527040|5270[0-3][0-9])m"
    r"|(?:[1-9][0-9]{0,2}|[1-7][0-9]{3}|8[0-6][0-9]{2}|87[0-7][0-9]|878[0-4])h"
    r"|(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])d"
    r")$"
)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_NAMES = {_MINUTE: "minute", _HOUR: "hour", _DAY: "day"}


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` to ``end`` (aware, UTC) in steps of ``step``; ``start`` is the beginning of a step."""

    start: datetime
    end: datetime
    step: timedelta

    @property
    def seconds(self) -> float:
        """Length in seconds, never 0."""
        return max((self.end - self.start).total_seconds(), 1.0)

    @property
    def step_name(self) -> str:
        """minute, hour or day."""
        return _NAMES[self.step]

    def starts(self) -> list[datetime]:
        """The beginning of every step, oldest first."""
        count = int((self.end - self.start) / self.step) + 1
        return [self.start + place * self.step for place in range(count)]

    def place_of(self, moment: datetime) -> int:
        """Which step a moment belongs to; later ones than the end to the last."""
        return min(int((moment - self.start) / self.step), int((self.end - self.start) / self.step))


def parse(text: str) -> timedelta:
    """The length that ``text`` means: seconds, or a number with s, m, h or d.

    >>> parse("7d")
    datetime.timedelta(days=7)

    Raises InputInvalid (``param_invalid``) for anything else, for 0 and beyond 366 days.
    """
    found = _GRAMMAR.fullmatch(text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 1 <= seconds <= MOST_S:
        detail = "window must be seconds, or a number with s, m, h or d such as 30m, 1h or 7d; at most 366d."
        fault = FieldError("window", detail, str(Code.PARAM_INVALID))
        raise InputInvalid(Code.PARAM_INVALID, detail, errors=(fault,))
    return timedelta(seconds=seconds)


def ending(now: datetime, length: timedelta) -> Window:
    """The window of that length up to ``now``, begun at a whole step.

    Minutes up to three hours, hours up to eight days, days beyond: a step is never shorter than what is
    kept of that age, and a window has at most 367 of them.
    """
    step = _MINUTE if length <= 3 * _HOUR else _HOUR if length <= 8 * _DAY else _DAY
    return Window(_floor(now.astimezone(UTC) - length, step), now.astimezone(UTC), step)


def _floor(moment: datetime, step: timedelta) -> datetime:
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    return zero + ((moment - zero) // step) * step
