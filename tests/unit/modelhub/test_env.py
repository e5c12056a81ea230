"""How many web processes there are when nobody says, and words that are not among those meant."""

import os

import pytest
from django.core.exceptions import ImproperlyConfigured

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


def test_a_word_that_is_not_among_those_meant_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREST_ENGINE", "fast")
    with pytest.raises(ImproperlyConfigured, match="FOREST_ENGINE must be auto or onnx, not 'fast'"):
        env.one_of("FOREST_ENGINE", ("auto", "onnx"))
