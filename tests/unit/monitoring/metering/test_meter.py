"""Counting in memory: nothing twice, nothing forgotten unnoticed."""

import threading

import numpy as np

from monitoring.drift.profile import Profile
from monitoring.metering import meter as meters
from monitoring.metering.contract import Observation
from monitoring.metering.meter import Meter, Written
from monitoring.references import VersionBins

VERSION = 3


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0 * 60

    def __call__(self) -> float:
        return self.now


def observation(rows: int = 2, *, version: int = VERSION, error: str = "") -> Observation:
    """Rows of two features, the first of them anomalous."""
    scores = np.linspace(0.4, 0.6, rows)
    features = np.column_stack([scores, scores + 1])
    return Observation(version, 0.002, scores, None if error else features, int(rows > 0), error)


def written(meter: Meter) -> list[tuple[int, int]]:
    """Pretend that the database took everything; (minute, requests) of each row."""
    meter.drain()
    with meter.frozen() as (spans, _):
        done = [Written(span, span.revision, span.counted.requests) for span in spans]
    meter.written(done)
    return [(one.span.minute, one.requests) for one in done]


def totals(meter: Meter) -> tuple[int, int]:
    with meter.frozen() as (_, found):
        return found[VERSION].recorded, found[VERSION].dropped


def test_requests_errors_and_anomalies_are_added_up() -> None:
    meter = Meter("p", clock=Clock())
    meter.record(observation(3))
    meter.record(observation(0, error="internal"))
    meter.drain()
    with meter.frozen() as (spans, _):
        counted = spans[0].counted
    assert (counted.requests, counted.errors, counted.records, counted.anomalies) == (2, 1, 3, 1)
    assert counted.durations.total == 2


def test_a_minute_is_written_with_absolute_values_until_it_is_over() -> None:
    clock = Clock()
    meter = Meter("p", clock=clock)
    meter.record(observation())
    assert written(meter) == [(1_000_000, 1)]
    meter.record(observation())
    assert written(meter) == [(1_000_000, 2)]
    clock.now += 60
    assert written(meter) == []
    meter.record(observation())
    assert written(meter) == [(1_000_001, 1)]
    assert totals(meter) == (3, 0)


def test_what_was_not_written_is_written_later() -> None:
    clock = Clock()
    meter = Meter("p", clock=clock)
    for _ in range(3):
        meter.record(observation())
        meter.drain()
        clock.now += 60
    assert written(meter) == [(1_000_000, 1), (1_000_001, 1), (1_000_002, 1)]
    assert written(meter) == []


def test_what_comes_in_while_a_row_is_written_is_written_next_time() -> None:
    meter = Meter("p", clock=Clock())
    meter.record(observation())
    meter.drain()
    with meter.frozen() as (spans, _):
        done = [Written(span, span.revision, span.counted.requests) for span in spans]
    meter.record(observation())
    meter.drain()
    meter.written(done)
    assert written(meter) == [(1_000_000, 2)]


def test_a_clock_set_back_begins_no_minute_again() -> None:
    clock = Clock()
    meter = Meter("p", clock=clock)
    meter.record(observation())
    clock.now += 60
    meter.record(observation())
    written(meter)
    clock.now -= 3_600
    meter.record(observation())
    assert written(meter) == [(1_000_001, 2)]


def test_a_clock_that_was_ahead_while_nothing_came_begins_no_minute_again() -> None:
    clock = Clock()
    meter = Meter("p", clock=clock)
    meter.record(observation())
    written(meter)
    clock.now += 8 * meters.LONGEST_S
    assert written(meter) == []
    clock.now -= 8 * meters.LONGEST_S
    meter.record(observation())
    assert written(meter) == [(1_000_000, 2)]


def test_memory_is_bounded_while_nothing_can_be_written_and_drops_are_counted() -> None:
    clock = Clock()
    meter = Meter("p", clock=clock)
    for _ in range(meters.MOST_MINUTES + 30):
        meter.record(observation())
        meter.drain()
        clock.now += 60
    assert totals(meter) == (meters.MOST_MINUTES, 30)
    assert len(written(meter)) == meters.MOST_MINUTES


def test_a_minute_older_than_a_day_is_dropped_and_never_written() -> None:
    clock = Clock()
    meter = Meter("p", clock=clock)
    meter.record(observation())
    meter.drain()
    clock.now += meters.LONGEST_S + 120
    meter.record(observation())
    assert [requests for _, requests in written(meter)] == [1]
    assert totals(meter) == (1, 1)


def test_threads_lose_nothing() -> None:
    meter = Meter("p", clock=Clock())

    def work() -> None:
        for _ in range(2_000):
            meter.record(observation())

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        written(meter)
    written(meter)
    assert totals(meter) == (12_000, 0)


def test_rows_wait_for_bins_and_are_counted_once_they_are_known() -> None:
    meter = Meter("p", clock=Clock())
    meter.record(observation(4))
    meter.drain()
    rows = meter.waiting(VERSION)
    assert rows is not None
    bins = VersionBins(
        Profile.learn(rows.features, ["a", "b"]).empty(),
        Profile.learn(rows.scores[:, None], ["score"]).empty(),
    )
    meter.adopt(VERSION, bins)
    meter.record(observation(5))
    meter.drain()
    with meter.frozen() as (spans, _):
        counted = spans[0].counted
    assert counted.scores is not None
    assert counted.features is not None
    assert (counted.scores.rows, counted.features.rows) == (9, 9)
    assert meter.without_bins() == []


def test_bins_that_come_after_the_minute_was_written_keep_its_requests() -> None:
    clock = Clock()
    meter = Meter("p", clock=clock)
    meter.record(observation(4))
    clock.now += 60
    assert written(meter) == [(1_000_000, 1)]
    rows = meter.waiting(VERSION)
    assert rows is not None
    scores = Profile.learn(rows.scores[:, None], ["score"]).empty()
    meter.adopt(VERSION, VersionBins(Profile.learn(rows.features, ["a", "b"]).empty(), scores))
    assert written(meter) == [(1_000_000, 1)]


def test_scores_in_their_order_are_handed_on_once() -> None:
    meter = Meter("p", clock=Clock())
    meter.record(observation(2))
    meter.record(observation(3))
    meter.drain()
    scores, anomalies = meter.fresh()[VERSION]
    assert (len(scores), anomalies) == (5, 2)
    assert meter.fresh() == {}
