"""When a breaker opens, how long it stays open, and what one caller cannot do to it."""

from dataclasses import dataclass

import pytest

from inference.choices import FaultKind
from inference.faults import Fault
from inference.resilience.breaker import Breaker, Limits, State


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(Limits(), clock=clock)


def passed(breaker: Breaker, clock: Clock, *, calls: int = 1, took_s: float = 0.001) -> None:
    for _ in range(calls):
        breaker.passed(took_s, clock.now_s)


def failed(breaker: Breaker, times: int) -> list[bool]:
    return [breaker.failed(Fault.EXCEPTIONS) for _ in range(times)]


def test_faults_have_the_words_of_the_rows() -> None:
    assert {str(fault) for fault in Fault} == {kind.value for kind in FaultKind}


def test_five_failures_open_it_and_only_the_fifth_says_so(breaker: Breaker) -> None:
    assert failed(breaker, 6) == [False, False, False, False, True, False]
    assert (breaker.state, breaker.fault, breaker.failed_calls) == (State.OPEN, Fault.EXCEPTIONS, 5)


def test_failures_among_twice_as_many_good_calls_do_not(breaker: Breaker, clock: Clock) -> None:
    passed(breaker, clock, calls=100)
    failed(breaker, 50)
    assert breaker.state is State.CLOSED


def test_old_failures_are_forgotten(breaker: Breaker, clock: Clock) -> None:
    failed(breaker, 4)
    clock.now_s += 61
    failed(breaker, 4)
    assert breaker.state is State.CLOSED


def test_failures_count_across_the_half_of_the_window(breaker: Breaker, clock: Clock) -> None:
    failed(breaker, 3)
    clock.now_s += 31
    failed(breaker, 2)
    assert breaker.state is State.OPEN


@pytest.mark.parametrize("fault", [Fault.NON_FINITE, Fault.SCHEMA])
def test_what_no_row_excuses_opens_it_at_once(breaker: Breaker, clock: Clock, fault: Fault) -> None:
    passed(breaker, clock, calls=1000)
    assert breaker.failed(fault)
    assert breaker.fault is fault


def test_two_slow_calls_open_it(breaker: Breaker, clock: Clock) -> None:
    passed(breaker, clock, calls=50)
    assert not breaker.passed(31.0, clock.now_s)
    assert breaker.passed(31.0, clock.now_s)
    assert breaker.fault is Fault.TIMEOUTS


def test_it_may_be_probed_after_its_pause_by_one_caller(breaker: Breaker, clock: Clock) -> None:
    breaker.trip(Fault.TIMEOUTS, "said")
    assert not breaker.may_probe()
    clock.now_s += 30
    assert [breaker.may_probe(), breaker.may_probe()] == [True, False]
    assert breaker.state is State.HALF_OPEN


def pauses(breaker: Breaker, clock: Clock, *, count: int) -> list[float]:
    found = []
    for _ in range(count):
        started = clock.now_s
        while not breaker.may_probe():
            clock.now_s += 10
        found.append(clock.now_s - started)
        breaker.probe_failed()
    return found


def test_each_failed_probe_doubles_the_pause_up_to_ten_minutes(breaker: Breaker, clock: Clock) -> None:
    breaker.trip(Fault.TIMEOUTS, "said")
    assert pauses(breaker, clock, count=7) == [30, 60, 120, 240, 480, 600, 600]


def test_opening_soon_after_it_closed_doubles_the_pause_and_later_begins_anew(
    breaker: Breaker, clock: Clock
) -> None:
    breaker.trip(Fault.TIMEOUTS, "said")
    breaker.close()
    clock.now_s += 60
    breaker.trip(Fault.TIMEOUTS, "said")
    assert pauses(breaker, clock, count=1) == [60]
    breaker.close()
    clock.now_s += 601
    breaker.trip(Fault.TIMEOUTS, "said")
    assert pauses(breaker, clock, count=1) == [30]


def test_closing_forgets_what_was_counted(breaker: Breaker, clock: Clock) -> None:
    failed(breaker, 5)
    breaker.close()
    failed(breaker, 4)
    assert breaker.state is State.CLOSED


def test_records_and_anomalies_of_the_window_are_counted(breaker: Breaker, clock: Clock) -> None:
    breaker.passed(0.001, clock.now_s, 100, 40)
    clock.now_s += 31
    breaker.passed(0.001, clock.now_s, 50, 2)
    assert breaker.counted() == (2, 150, 42)
    clock.now_s += 31
    breaker.passed(0.001, clock.now_s, 1, 0)
    assert breaker.counted() == (2, 51, 2)
