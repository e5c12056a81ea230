"""Text lines of syslog daemons: RFC 3164, RFC 5424, ISO-prefixed, and the router's own logread form.

Each reader answers the parts of a line, or None where the line is not of its form. Nothing is
cleaned: control characters in a message are data.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from inference.intake.levels import canonical_level, syslog_level
from inference.intake.times import iso_time

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = "|".join(_MONTHS)
_CLOCK = r"(\d\d):(\d\d):(\d\d)"
_RFC3164 = re.compile(
    rf"(?:<(\d{{1,3}})>)?({_MONTH}) {{1,2}}(\d{{1,2}}) {_CLOCK}(?:\.(\d{{1,6}})\d*)? (\S{{1,255}}) (.*)",
    re.ASCII | re.DOTALL,
)
_LOGREAD = re.compile(
    rf"\w{{3}} ({_MONTH}) {{1,2}}(\d{{1,2}}) {_CLOCK} (\d{{4}}) \w+\.(\w+) (.*)", re.ASCII | re.DOTALL
)
_RFC5424 = re.compile(
    r"<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,255}) \S{1,128} \S{1,255} "
    r"(?:-|(?:\[(?:[^\]\\\"]|\"(?:[^\"\\]|\\.)*\")*\])+)(?: (.*))?",
    re.DOTALL,
)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?)[ \t]+(.*)",
    re.ASCII | re.DOTALL,
)
_TAG = re.compile(r"([^\s:\[]{1,255})(?:\[\d{1,10}\])?:(?: (.*)|)", re.ASCII | re.DOTALL)
_HOST = re.compile(r"(\S{1,255}) (.*)", re.DOTALL)
_LEVEL_FIRST = re.compile(r"\[?([A-Za-z]{3,13})\]?:?[ \t]+(.*)", re.ASCII | re.DOTALL)
_CANONICAL = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
# Lines are roughly in order: a gap of months is likelier than a jump back over months.
_FURTHEST_BACK = timedelta(days=-90)
_FURTHEST_ON = timedelta(days=330)


class SyslogLine(NamedTuple):
    """The parts of one line; None where the line does not say."""

    timestamp: datetime
    host: str | None
    program: str | None
    level: str | None
    message: str


class YearlessReader:
    """Reads RFC 3164 lines of one file, whose times carry no year.

    The first line is in ``year``, or in the latest year that does not put it more than a day beyond
    ``now``. From there on December to January counts the year up; a late December line among
    January ones belongs to the year before.
    """

    def __init__(self, *, now: datetime, year: int | None = None) -> None:
        self._now = now
        self._year = year
        self._last: datetime | None = None

    def read(self, line: str) -> SyslogLine | None:
        """The parts of ``line``; None for another form or a day that does not exist."""
        match = _RFC3164.fullmatch(line)
        if not match:
            return None
        pri, month, day, hour, minute, second, fraction, host, rest = match.groups()
        micro = int((fraction or "").ljust(6, "0"))
        timestamp = self._dated(month, (int(day), int(hour), int(minute), int(second), micro))
        severity = _severity(pri)
        if timestamp is None or (pri and severity is None):
            return None
        program, message = split_tag(rest)
        return SyslogLine(timestamp, host, program, severity, message)

    def _dated(self, month: str, rest: tuple[int, int, int, int, int]) -> datetime | None:
        for year in self._likely_years():
            moment = _moment(year, month, *rest)
            if moment is not None and self._fits(moment):
                self._last = moment
                return moment
        return None

    def _likely_years(self) -> tuple[int, ...]:
        if self._last is not None:
            return (self._last.year, self._last.year + 1, self._last.year - 1)
        if self._year is not None:
            return (self._year,)
        return (self._now.year, self._now.year - 1)

    def _fits(self, moment: datetime) -> bool:
        if self._last is not None:
            return _FURTHEST_BACK <= moment - self._last <= _FURTHEST_ON
        return self._year is not None or moment <= self._now + timedelta(days=1)


def read_rfc5424(line: str) -> SyslogLine | None:
    """The parts of an RFC 5424 line."""
    match = _RFC5424.fullmatch(line)
    if not match:
        return None
    pri, time, host, program, message = match.groups()
    timestamp, severity = iso_time(time), _severity(pri)
    if timestamp is None or severity is None:
        return None
    return SyslogLine(
        timestamp, _said(host), _said(program), severity, (message or "").removeprefix("\ufeff")
    )


def read_iso(line: str) -> SyslogLine | None:
    """The parts of a line that begins with an ISO time: then a level, or host and program, or just text."""
    match = _ISO.fullmatch(line)
    timestamp = iso_time(match[1].replace(",", ".")) if match else None
    if match is None or timestamp is None:
        return None
    rest = match[2]
    if (first := _LEVEL_FIRST.fullmatch(rest)) and (level := canonical_level(first[1])) in _CANONICAL:
        program, message = split_tag(first[2])
        return SyslogLine(timestamp, None, program, level, message)
    if (first := _HOST.fullmatch(rest)) and (tagged := split_tag(first[2]))[0]:
        return SyslogLine(timestamp, first[1], tagged[0], None, tagged[1])
    program, message = split_tag(rest)
    return SyslogLine(timestamp, None, program, None, message)


def read_logread(line: str) -> SyslogLine | None:
    """The parts of a router's logread line: ``Wed Jul 19 10:00:00 2023 daemon.notice hostapd: text``."""
    match = _LOGREAD.fullmatch(line)
    if not match:
        return None
    month, day, hour, minute, second, year, level, rest = match.groups()
    timestamp = _moment(int(year), month, int(day), int(hour), int(minute), int(second), 0)
    if timestamp is None:
        return None
    program, message = split_tag(rest)
    return SyslogLine(timestamp, None, program, canonical_level(level), message)


def split_tag(text: str) -> tuple[str | None, str]:
    """Program and message of ``program[pid]: message``; (None, text) where there is no such tag."""
    match = _TAG.fullmatch(text)
    return (match[1], match[2] or "") if match else (None, text)


def _moment(
    year: int, month: str, day: int, hour: int, minute: int, second: int, micro: int
) -> datetime | None:
    try:
        return datetime(year, _MONTHS.index(month) + 1, day, hour, minute, second, micro, tzinfo=UTC)
    except ValueError:
        return None


def _severity(pri: str | None) -> str | None:
    if pri is None or int(pri) > 191:
        return None
    return syslog_level(int(pri) % 8)


def _said(word: str) -> str | None:
    return None if word == "-" else word
