"""The state of a serving process in a word."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import Replica
from inference.serving.agreement import SILENT_AFTER, State, agreement, state_of


def replica(**fields: object) -> Replica:
    return Replica(**{"version_id": 1, "generation": 3, "seen_at": timezone.now()} | fields)


LONG_AGO = timezone.now() - SILENT_AFTER - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, State.SERVING),
        ({"problem": "2.0.0 could not be loaded"}, State.DEGRADED),
        ({"version_id": None, "problem": "2.0.0 could not be loaded"}, State.EMPTY),
        ({"seen_at": LONG_AGO}, State.STALE),
        ({"seen_at": LONG_AGO, "problem": "x"}, State.STALE),
    ],
)
def test_the_state_is_what_was_last_reported(fields: dict[str, object], state: State) -> None:
    assert state_of(replica(**fields)) is state


def test_a_process_that_will_follow_soon_is_behind() -> None:
    assert agreement(replica(), wanted=4) == ("behind", "warn")


def test_a_process_that_follows_is_serving() -> None:
    assert agreement(replica(), wanted=3) == ("serving", "good")


def test_a_process_that_cannot_follow_is_degraded_whatever_its_generation() -> None:
    assert agreement(replica(problem="x"), wanted=4) == ("degraded", "bad")
