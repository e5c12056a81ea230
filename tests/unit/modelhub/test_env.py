"""How many web processes there are when nobody says."""

import os

import pytest

from modelhub import env


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (4, 4), (64, 8)])
def test_there_is_one_web_process_per_core_up_to_eight(
    cores: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEB_WORKERS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    assert env.web_workers() == processes


def test_a_number_that_was_asked_for_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_WORKERS", "12")
    assert env.web_workers() == 12
