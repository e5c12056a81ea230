"""Records order by time and are named by their content."""

from datetime import UTC, datetime, timedelta, timezone

from inference.records import LogRecord, content_id, time_order

T0 = datetime(2024, 1, 1, tzinfo=UTC)


def test_time_order_is_stable_compares_instants_and_puts_timeless_lines_last() -> None:
    east = timezone(timedelta(hours=5))
    stamps = [T0 + timedelta(hours=1), None, T0, T0.astimezone(east), T0 - timedelta(hours=1)]
    records = [LogRecord("x", stamp) for stamp in stamps]
    assert time_order(records) == [4, 2, 3, 0, 1]


def test_content_ids_take_any_text_and_a_missing_time() -> None:
    name = content_id("\ud800", timestamp=None, program=None, host=None)
    assert len(name) == 32
    assert int(name, 16)
