"""The trend loses no anomaly, whatever the span."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.trend import COLUMNS, trend

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def spread(span: timedelta, count: int = 50) -> list[tuple[datetime, float]]:
    return [(START + span * place / (count - 1), float(place * 2)) for place in range(count)]


@pytest.mark.parametrize(
    "span",
    [
        timedelta(0),
        timedelta(seconds=3),
        timedelta(hours=5),
        timedelta(days=3),
        timedelta(days=400),
        timedelta(days=20_000),
    ],
)
def test_every_anomaly_is_in_one_column(span: timedelta) -> None:
    found = spread(span)
    drawn = trend(found)
    assert drawn is not None
    assert sum(column.low + column.high + column.severe for column in drawn.table) == len(found)
    assert 0 < len(drawn.bars) <= COLUMNS


def test_bands_are_counted_apart() -> None:
    drawn = trend([(START, 10.0), (START, 60.0), (START, 61.0), (START, 90.0)])
    assert drawn is not None
    assert [(c.low, c.high, c.severe) for c in drawn.table] == [(1, 2, 1)]
    assert drawn.tallest == 4


def test_the_order_of_the_rows_does_not_matter() -> None:
    found = spread(timedelta(hours=5))
    assert trend(found) == trend(found[::-1])


def test_nothing_found_draws_nothing() -> None:
    assert trend([]) is None


def test_one_record_with_a_wrong_clock_does_not_squeeze_all_others() -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    usual = [(now - timedelta(minutes=n), 40.0) for n in range(30)]
    found = trend([*usual, (datetime(1970, 1, 1, tzinfo=UTC), 40.0)])
    assert found is not None
    assert len(found.table) > 5
    assert sum(column.low for column in found.table) == 30
