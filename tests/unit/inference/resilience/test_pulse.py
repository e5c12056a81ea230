"""The threads of the guard go on, whatever a turn of theirs raises."""

import logging

import pytest

from inference.resilience import guarding, pulse


def test_a_guard_that_stumbles_goes_on_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    guard = guarding.take_up("here", None)
    beats = []

    def stumble(now_s: float) -> list[object]:
        beats.append(now_s)
        if len(beats) == 3:
            guarding.forget()  # which ends the thread
        raise KeyError("a model that has just gone")

    monkeypatch.setattr(guarding.Guard, "notice_stuck", lambda self, now_s: stumble(now_s))
    monkeypatch.setattr(pulse, "POLL_S", 0.0)
    with caplog.at_level(logging.ERROR):
        pulse._pulse(guard)
    assert len(beats) == 3
    assert [record.message for record in caplog.records] == ["the guard stumbled and goes on"]
