"""A server is silent when somebody waits long and nobody was answered meanwhile."""

from contextlib import suppress

import pytest

from modelhub.postgresql import silence
from modelhub.postgresql.silence import AFTER_S, EXPIRES_S, Silence, Unanswered


class Clock:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(silence, "time", clock)
    return clock


def unanswered(watched: Silence, clock: Clock, seconds: float) -> None:
    with suppress(Unanswered), watched.waiting():
        clock.now_s += seconds
        watched.is_on()
        raise Unanswered


def test_nobody_waits_so_nothing_is_known(clock: Clock) -> None:
    assert not Silence().is_on()


def test_a_short_wait_proves_nothing(clock: Clock) -> None:
    watched = Silence()
    with watched.waiting():
        clock.now_s += AFTER_S
        assert not watched.is_on()


def test_a_long_wait_without_any_answer_is_silence(clock: Clock) -> None:
    watched = Silence()
    with watched.waiting():
        clock.now_s += AFTER_S + 0.1
        assert watched.is_on()


def test_a_long_wait_proves_nothing_while_others_are_answered(clock: Clock) -> None:
    watched = Silence()
    with watched.waiting():
        clock.now_s += AFTER_S + 0.1
        with watched.waiting():
            pass
        assert not watched.is_on()


def test_an_answer_just_after_the_beginning_of_a_wait_hides_no_silence(clock: Clock) -> None:
    watched = Silence()
    with watched.waiting():
        clock.now_s += 0.1
        with watched.waiting():
            pass
        clock.now_s += 0.1
        with watched.waiting():
            clock.now_s += AFTER_S + 0.1
            assert watched.is_on()


def test_an_error_is_an_answer(clock: Clock) -> None:
    watched = Silence()
    with watched.waiting():
        clock.now_s += AFTER_S + 0.1
        with suppress(ValueError), watched.waiting():
            raise ValueError
        assert not watched.is_on()


def test_silence_lasts_between_two_attempts(clock: Clock) -> None:
    watched = Silence()
    unanswered(watched, clock, AFTER_S + 0.1)
    assert watched.is_on()


def test_the_first_answer_ends_it(clock: Clock) -> None:
    watched = Silence()
    unanswered(watched, clock, AFTER_S + 0.1)
    clock.now_s += 0.5
    with watched.waiting():
        clock.now_s += 0.1
    assert not watched.is_on()


def test_others_try_as_well_when_nobody_has_asked_for_long(clock: Clock) -> None:
    watched = Silence()
    unanswered(watched, clock, AFTER_S + 0.1)
    clock.now_s += EXPIRES_S
    assert not watched.is_on()


def test_only_a_thread_that_says_so_is_patient() -> None:
    assert not silence.is_patient()
