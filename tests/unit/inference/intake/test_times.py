"""Times of all senders mean the same instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inference.intake.times import parse_time
from modelhub.errors import Code, InputInvalid

NOON = datetime(2024, 1, 6, 12, tzinfo=UTC)
SECONDS = 1_704_542_400


@pytest.mark.parametrize(
    "value",
    [
        "2024-01-06T12:00:00Z",
        "2024-01-06 12:00:00",
        "2024-01-06T13:00:00+01:00",
        "2024-01-06 13:00:00 +0100",
        " 2024-01-06T12:00:00.000000000Z ",
        SECONDS,
        float(SECONDS),
        str(SECONDS),
        f"{SECONDS}.0",
        SECONDS * 10**3,
        SECONDS * 10**6,
        SECONDS * 10**9,
        str(SECONDS * 10**9),
    ],
)
def test_every_way_to_write_noon(value: Any) -> None:
    assert parse_time(value) == NOON


def test_a_written_offset_is_kept() -> None:
    assert parse_time("2024-01-06T13:00:00+01:00").utcoffset() == timedelta(hours=1)


def test_fractions_survive_in_every_unit() -> None:
    half = NOON + timedelta(microseconds=500_000)
    assert parse_time(SECONDS + 0.5) == half
    assert parse_time(SECONDS * 1000 + 500) == half
    assert parse_time(SECONDS * 10**9 + 500_000_999) == half


@pytest.mark.parametrize("value", [0, "1970-01-01T00:00:00Z", "2200-12-31T23:59:59Z"])
def test_the_first_and_the_last_year_are_allowed(value: Any) -> None:
    assert parse_time(value)


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1969-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        -1,
        10**18 * 8,
        2**63,
        float("inf"),
        float("nan"),
        True,
        [],
        {},
        "yesterday",
        "2024-13-01",
        "9" * 30,
        "x" * 100_000,
        "٢٠٢٤-01-06",
    ],
)
def test_what_is_no_time_of_ours_is_a_bad_record(value: Any) -> None:
    with pytest.raises(InputInvalid) as raised:
        parse_time(value)
    assert raised.value.code is Code.RECORD_INVALID
