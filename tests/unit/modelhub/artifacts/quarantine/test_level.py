"""The level of the machine: measured once where it is good, at most once a minute where it is not."""

import time

import pytest

from modelhub.artifacts.quarantine import Limits, selftest
from modelhub.artifacts.quarantine.process import Child, ChildEnded
from modelhub.artifacts.quarantine.selftest import QuarantineLevel


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(selftest, "time", clock)
    monkeypatch.setattr(selftest, "_kept", None)
    return clock


def measured(monkeypatch: pytest.MonkeyPatch, *answers: QuarantineLevel) -> list[QuarantineLevel]:
    """Let the next measurements answer these; what is left of them is returned."""
    left = list(answers)
    monkeypatch.setattr(selftest, "measure", lambda: left.pop(0))
    return left


def test_a_machine_without_a_lock_down_is_measured_again_after_a_minute_only(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = measured(monkeypatch, QuarantineLevel.NONE, QuarantineLevel.FULL)
    assert [selftest.level() for _ in range(5)] == [QuarantineLevel.NONE] * 5
    clock.now += selftest.RETRY_S - 1
    assert selftest.level() is QuarantineLevel.NONE
    assert len(left) == 1
    clock.now += 1
    assert selftest.level() is QuarantineLevel.FULL


def test_a_good_level_is_kept_for_the_life_of_the_process(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(monkeypatch, QuarantineLevel.MINIMUM)
    selftest.level()
    clock.now += 1e6
    assert selftest.level() is QuarantineLevel.MINIMUM


def test_a_child_that_waits_is_not_charged_for_the_work_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"target": "/proc/nothing"}
    with Child("modelhub.artifacts.quarantine.jobs.selftest", spec, limits=Limits(seconds=10)) as child:
        clock = Clock()
        clock.now = time.monotonic() + 3600  # an hour of other work goes by before it is asked
        monkeypatch.setattr("modelhub.artifacts.quarantine.process.time", clock)
        try:
            assert child.result().header["open"] == []
        except ChildEnded:
            pytest.fail("the child was cut off by time in which it had nothing to do")
