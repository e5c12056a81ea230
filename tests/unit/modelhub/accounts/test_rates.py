"""Rates are read strictly, and what they let through stays close to what they say."""

import pytest

from modelhub.accounts import rates
from modelhub.accounts.rates import Counters, Rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [("60/min", Rate(60, 60)), ("1/s", Rate(1, 1)), (" 5/hour ", Rate(5, 3600)), ("9/day", Rate(9, 86_400))],
)
def test_a_rate_is_a_number_per_unit(text: str, rate: Rate) -> None:
    assert rates.parse(text) == rate


@pytest.mark.parametrize("text", ["", "0", " 0 "])
def test_zero_is_no_limit(text: str) -> None:
    assert rates.parse(text) is None


@pytest.mark.parametrize("text", ["60", "60/m", "-1/min", "0/min", "1.5/s", "ten/min", "٣/min", "60/min/h"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        rates.parse(text)


@pytest.mark.parametrize("limit", [1, 2, 7])
@pytest.mark.parametrize("step", [0.0, 0.3, 1.7, 13.0])
def test_a_steady_flood_gets_the_rate_and_no_more(limit: int, step: float) -> None:
    counters, rate = Counters(), Rate(limit, 10)
    moments = [place * step for place in range(400)]
    admitted = [moment for moment in moments if counters.spend("a", rate, moment) == 0.0]
    span = moments[-1] + 10
    assert len(admitted) <= limit * (span / 10 + 1)
    assert admitted[:1] == [0.0]


def test_who_waits_as_told_is_admitted() -> None:
    counters, rate = Counters(), Rate(5, 10)
    now = 3.0
    for _ in range(200):
        wait = counters.spend("a", rate, now)
        if wait:
            now += wait + 1e-6
            assert counters.spend("a", rate, now) == 0.0


def test_waiting_is_never_longer_than_two_windows() -> None:
    counters, rate = Counters(), Rate(3, 10)
    for place in range(1000):
        assert 0.0 <= counters.spend("a", rate, place * 0.01) <= 20.0


def test_keys_count_apart() -> None:
    counters, rate = Counters(), Rate(1, 10)
    assert counters.spend("a", rate, 0.0) == 0.0
    assert counters.spend("b", rate, 0.0) == 0.0
    assert counters.spend("a", rate, 0.0) > 0.0


def test_looking_counts_nothing() -> None:
    counters, rate = Counters(), Rate(1, 10)
    assert [counters.wait("a", rate, 0.0) for _ in range(3)] == [0.0] * 3


def test_many_callers_do_not_fill_the_memory() -> None:
    counters = Counters(most=100)
    for place in range(1000):
        counters.spend(str(place), Rate(1, 10), 0.0)
    assert len(counters._tallies) <= 100


def test_a_flood_of_new_callers_does_not_free_an_old_one() -> None:
    counters, rate = Counters(most=100), Rate(50, 10)
    admitted = 0
    for place in range(500):
        admitted += counters.spend("busy", rate, 0.0) == 0.0
        if place < 60:
            counters.spend(str(place), rate, 0.0)
    assert admitted == 50
