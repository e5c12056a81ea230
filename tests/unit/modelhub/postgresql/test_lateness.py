"""Late answers of one call add up; those of another, and those in time, do not."""

from collections.abc import Iterator

import pytest

from modelhub.postgresql import lateness
from modelhub.postgresql.lateness import LATE_S


@pytest.fixture
def call() -> Iterator[None]:
    """Within a request; what else the signals would do is left out."""
    lateness._begin()
    yield
    lateness._end()


def test_late_answers_of_a_call_add_up(call: None) -> None:
    lateness.so_far().add(LATE_S + 1)
    lateness.so_far().add(LATE_S + 2)
    assert lateness.so_far().total_s == 2 * LATE_S + 3


def test_any_number_of_answers_in_time_is_no_lateness(call: None) -> None:
    for _ in range(1_000):
        lateness.so_far().add(LATE_S)
    assert lateness.so_far().total_s == 0


def test_the_next_call_begins_anew(call: None) -> None:
    lateness.so_far().add(5)
    lateness._begin()
    assert lateness.so_far().total_s == 0


def test_outside_of_calls_every_wait_stands_for_itself() -> None:
    lateness.so_far().add(5)
    assert lateness.so_far().total_s == 0
