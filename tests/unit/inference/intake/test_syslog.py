"""Syslog lines in all their forms."""

from datetime import UTC, datetime, timedelta

import pytest

from inference.intake.syslog import (
    SyslogLine,
    YearlessReader,
    read_iso,
    read_logread,
    read_rfc5424,
    split_tag,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def yearless(line: str, year: int | None = 2026) -> SyslogLine | None:
    return YearlessReader(now=NOW, year=year).read(line)


def test_rfc3164() -> None:
    expected = SyslogLine(datetime(2026, 11, 2, 10, tzinfo=UTC), "host", "prog", None, "a: b")
    assert yearless("Nov  2 10:00:00 host prog[12]: a: b") == expected


def test_rfc3164_with_priority_has_a_level() -> None:
    line = yearless("<11>Nov 22 10:00:00 host kernel: [  1.5] oops")
    assert line is not None
    assert (line.level, line.program, line.message) == ("ERROR", "kernel", "[  1.5] oops")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sshd(pam_unix)[19937]: check pass", ("sshd(pam_unix)", "check pass")),
        ("postfix/smtpd[1]: x", ("postfix/smtpd", "x")),
        ("-- MARK --", (None, "-- MARK --")),
        ("last message repeated 2 times", (None, "last message repeated 2 times")),
        ("empty:", ("empty", "")),
    ],
)
def test_tags(text: str, parts: tuple[str | None, str]) -> None:
    assert split_tag(text) == parts


@pytest.mark.parametrize(
    "line",
    [
        "Nov 31 10:00:00 h p: x",
        "<999>Nov 2 10:00:00 h p: x",
        "Foo 1 10:00:00 h p: x",
        "Nov 2 25:00:00 h p: x",
        "",
    ],
)
def test_lines_that_are_no_rfc3164(line: str) -> None:
    assert yearless(line) is None


def test_the_year_counts_up_at_new_year_and_late_lines_keep_theirs() -> None:
    reader = YearlessReader(now=NOW, year=2023)
    days = ["Dec 31 23:59:59", "Jan  1 00:00:01", "Dec 31 23:59:58", "Jan  1 00:00:02", "Feb 29 10:00:00"]
    lines = [reader.read(f"{day} h p: x") for day in days]
    assert [line and line.timestamp.year for line in lines] == [2023, 2024, 2023, 2024, 2024]


def test_a_gap_of_months_goes_forward() -> None:
    reader = YearlessReader(now=NOW, year=2023)
    days = ["Jan  5", "Nov  5", "Apr  1", "Feb 20", "Oct  1"]
    lines = [reader.read(f"{day} 10:00:00 h p: x") for day in days]
    assert [line and line.timestamp.year for line in lines] == [2023, 2023, 2024, 2024, 2024]


def test_without_a_year_it_is_the_latest_that_is_not_ahead_of_now() -> None:
    assert [
        line and line.timestamp.year
        for line in (yearless("Nov 23 10:00:00 h p: x", None), yearless("Dec  1 10:00:00 h p: x", None))
    ] == [2026, 2025]


def test_rfc5424() -> None:
    line = '<165>1 2026-11-22T10:00:00.5+01:00 host app 7 ID47 [a@1 k="\\"]v"][b@1] \ufeffhello world'
    parts = read_rfc5424(line)
    assert parts is not None
    assert parts.timestamp == datetime(2026, 11, 22, 9, 0, 0, 500_000, tzinfo=UTC)
    assert parts[1:] == ("host", "app", "INFO", "hello world")


def test_rfc5424_with_nothing_known() -> None:
    parts = read_rfc5424("<0>1 2026-11-22T10:00:00Z - - - - -")
    assert parts is not None
    assert parts[1:] == (None, None, "CRITICAL", "")


@pytest.mark.parametrize("line", ["<1>1 - h a - - - x", "<200>1 2026-11-22T10:00:00Z h a - - - x", "<1>2 x"])
def test_lines_that_are_no_rfc5424(line: str) -> None:
    assert read_rfc5424(line) is None


def test_an_unfinished_structure_costs_no_time() -> None:
    assert read_rfc5424("<1>1 2026-11-22T10:00:00Z h a - - [" + 'a"b\\' * 20_000) is None


@pytest.mark.parametrize(
    ("rest", "parts"),
    [
        ("host prog[1]: text", ("host", "prog", None, "text")),
        ("WARN something odd", (None, None, "WARNING", "something odd")),
        ("[ERROR] org.app.Main: text", (None, "org.app.Main", "ERROR", "text")),
        ("just words", (None, None, None, "just words")),
        ("prog: text", (None, "prog", None, "text")),
    ],
)
def test_iso_prefixed_lines(rest: str, parts: tuple[str | None, ...]) -> None:
    for time in ("2026-11-22T10:00:00Z", "2026-11-22 10:00:00,000", "2026-11-22T11:00:00.000000+01:00"):
        line = read_iso(f"{time} {rest}")
        assert line is not None
        assert line.timestamp == datetime(2026, 11, 22, 10, tzinfo=UTC)
        assert line[1:] == parts


def test_iso_keeps_the_offset() -> None:
    line = read_iso("2026-11-22T11:00:00+01:00 h p: x")
    assert line is not None
    assert line.timestamp.utcoffset() == timedelta(hours=1)


def test_the_routers_own_form() -> None:
    line = read_logread("Wed Jul 19 10:00:00 2023 daemon.warn hostapd: wlan0: up")
    assert line == SyslogLine(datetime(2023, 7, 19, 10, tzinfo=UTC), None, "hostapd", "WARNING", "wlan0: up")


def test_control_characters_stay_in_the_message() -> None:
    line = yearless("Nov  2 10:00:00 h p: \x1b[31m\r\x07")
    assert line is not None
    assert line.message == "\x1b[31m\r\x07"
