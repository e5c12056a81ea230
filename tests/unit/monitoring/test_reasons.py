"""Reasons read as sentences and bars, whatever was stored."""

import math
from typing import Any

import pytest

from monitoring.reasons import bars, sentence

STORED = [
    {"name": "message_length", "value": 480.0, "usual": 62.13, "contribution": 0.08},
    {"name": "mac_count", "value": 2.0, "usual": 0.2, "contribution": 0.02},
]


def test_the_strongest_reason_becomes_a_sentence() -> None:
    assert sentence(STORED) == "message length is 480, usually 62.1"


def test_bars_are_shares_of_the_strongest() -> None:
    assert [bar.percent for bar in bars(STORED)] == [100.0, 25.0]


@pytest.mark.parametrize(
    "stored",
    [None, [], {}, "x", ["x"], [{}], [{"name": ""}], [{"value": 1}]],
)
def test_unusable_reasons_say_nothing(stored: Any) -> None:
    assert sentence(stored) == ""
    assert bars(stored) == []


def test_unusable_numbers_are_called_unknown() -> None:
    stored = [{"name": "a", "value": math.nan, "usual": None, "contribution": "x"}]
    assert sentence(stored) == "a is unknown, usually unknown"
    assert bars(stored)[0].percent == 0.0
