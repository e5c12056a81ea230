"""Anomalies over time as columns of a picture, a sentence and a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modelhub.console.badges import severity_tone
from modelhub.console.pictures import WIDTH, Bar, Tick, columns

COLUMNS = 48
STRAY_SHARE, STRAY_SPANS = 100, 10  # at most 1 % at either end, and they stretch the span tenfold
TONES = ("low", "high", "severe")
WIDTHS = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        1,
        5,
        10,
        30,
        60,
        120,
        300,
        600,
        900,
        1800,
        3600,
        7200,
        10800,
        21600,
        43200,
        86400,
        604800,
    )
)


@dataclass(frozen=True, slots=True)
class Column:
    """One span of time from ``start`` (UTC) and its anomalies by band."""

    start: datetime
    low: int
    high: int
    severe: int


@dataclass(frozen=True, slots=True)
class Trend:
    """The picture's bars and ticks, its summary, its table (columns with anomalies), the tallest count."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    summary: str
    table: tuple[Column, ...]
    tallest: int


def trend(found: Sequence[tuple[datetime, float]]) -> Trend | None:
    """Columns over the span of ``found``, (time of the record, severity 0-100) each; None without any.

    A few records with a wrong clock, years away from all others, are left out.
    """
    if not found:
        return None
    first, last = _usual_span(sorted(moment for moment, _ in found))
    found = [(moment, severity) for moment, severity in found if first <= moment <= last]
    width = _width(last - first)
    start = _floor(first, width)
    count = int((last - start) / width) + 1
    table = _table(found, start, width, count)
    counts = [[(tone, getattr(column, tone)) for tone in TONES] for column in table]
    titles = [_title(column) for column in table]
    tallest = max(column.low + column.high + column.severe for column in table)
    summary = _summary(found, first, last, width)
    return Trend(
        columns(counts, titles), _ticks(table), summary, tuple(c for c in table if _total(c)), tallest
    )


def _usual_span(moments: Sequence[datetime]) -> tuple[datetime, datetime]:
    """First and last of the ascending moments, without strays that would squeeze all others together."""
    first, last = moments[0], moments[-1]
    strays = max(len(moments) // STRAY_SHARE, 1)
    if len(moments) < STRAY_SPANS:
        return first, last
    usual_first, usual_last = moments[strays], moments[-1 - strays]
    usual = usual_last - usual_first
    if usual and last - first > STRAY_SPANS * usual:
        return max(first, usual_first - usual), min(last, usual_last + usual)
    return first, last


def _table(
    found: Sequence[tuple[datetime, float]], start: datetime, width: timedelta, count: int
) -> list[Column]:
    sums = [dict.fromkeys(TONES, 0) for _ in range(count)]
    for moment, severity in found:
        sums[int((moment - start) / width)][severity_tone(severity)] += 1
    return [Column(start + place * width, **bands) for place, bands in enumerate(sums)]


def _width(span: timedelta) -> timedelta:
    """The narrowest of the round widths that needs no more than the wished number of columns."""
    for width in WIDTHS:
        if span / width < COLUMNS - 1:
            return width
    return timedelta(days=math.ceil(span / timedelta(days=1) / (COLUMNS - 1)))


def _floor(moment: datetime, width: timedelta) -> datetime:
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    return zero + ((moment - zero) // width) * width


def _ticks(table: Sequence[Column]) -> tuple[Tick, ...]:
    places = sorted({round(part * (len(table) - 1) / 4) for part in range(5)})
    several_days = table[-1].start - table[0].start > timedelta(days=2)
    form = "%d %b" if several_days else "%d %b %H:%M"
    return tuple(Tick((place + 0.5) * WIDTH / len(table), f"{table[place].start:{form}}") for place in places)


def _summary(
    found: Sequence[tuple[datetime, float]], first: datetime, last: datetime, width: timedelta
) -> str:
    severe = sum(severity >= 75 for _, severity in found)
    span = f"{first:%d %b %Y %H:%M} to {last:%d %b %Y %H:%M} UTC"
    return f"{len(found):,} anomalies from {span}, {severe:,} of them severe; one column is {_words(width)}."


def _words(width: timedelta) -> str:
    seconds = int(width.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % size == 0:
            number = seconds // size
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{seconds} seconds"


def _title(column: Column) -> str:
    return (
        f"{column.start:%d %b %H:%M}: {_total(column)} anomalies, {column.severe} severe, {column.high} high"
    )


def _total(column: Column) -> int:
    return column.low + column.high + column.severe
