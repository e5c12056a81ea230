"""Every Python process with this folder in its PYTHONPATH reads the wall clock that a test sets.

The file that ``MOVED_CLOCK`` names holds the seconds that it is off. The monotonic clock runs on undisturbed:
that is what a jump of the clock is. (libfaketime moves the deadlines of Python's sleep too, and breaks it.)
"""

import os
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from django.utils import timezone

_FILE = Path(os.environ["MOVED_CLOCK"])
_time, _time_ns, _now = time.time, time.time_ns, timezone.now


def _off_s() -> float:
    return float(_FILE.read_text())


def moved_time() -> float:
    """Seconds since 1970 by the moved clock."""
    return _time() + _off_s()


def moved_time_ns() -> int:
    """Nanoseconds since 1970 by the moved clock."""
    return _time_ns() + int(_off_s() * 1_000_000_000)


def moved_now() -> datetime:
    """The moved clock's moment, aware, UTC."""
    return _now() + timedelta(seconds=_off_s())


def moved_localtime(value: datetime | None = None, zone: tzinfo | None = None) -> datetime:
    """As Django's, of the moved moment where none is given."""
    return _localtime(value or moved_now(), zone)


_localtime = timezone.localtime
time.time, time.time_ns = moved_time, moved_time_ns
timezone.now, timezone.localtime = moved_now, moved_localtime
