"""How a window is read and laid out."""

from datetime import UTC, datetime, timedelta

import pytest

from modelhub.errors import Code, InputInvalid
from monitoring import window

NOW = datetime(2026, 3, 4, 15, 27, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("30m", 1_800), ("1h", 3_600), ("7d", 604_800), ("366d", 31_622_400)]
)
def test_a_length_is_seconds_or_a_number_with_a_unit(text: str, seconds: int) -> None:
    assert window.parse(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5h", "h", "7w", "٣h", "367d", "9" * 30, "1h1m", "NaN"])
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputInvalid) as refusal:
        window.parse(text)
    assert refusal.value.code == Code.PARAM_INVALID
    assert refusal.value.errors[0].pointer == "window"


@pytest.mark.parametrize(("text", "step"), [("3h", "minute"), ("4h", "hour"), ("8d", "hour"), ("9d", "day")])
def test_the_step_follows_the_length(text: str, step: str) -> None:
    assert window.ending(NOW, window.parse(text)).step_name == step


def test_a_window_begins_at_a_whole_step_and_holds_all_of_its_length() -> None:
    found = window.ending(NOW, timedelta(hours=24))
    assert found.start == datetime(2026, 3, 3, 15, tzinfo=UTC)
    assert (found.starts()[0], found.starts()[-1]) == (found.start, NOW.replace(minute=0, second=0))


def test_every_moment_belongs_to_the_step_it_lies_in() -> None:
    found = window.ending(NOW, timedelta(hours=1))
    for place, start in enumerate(found.starts()):
        assert found.place_of(start) == place
    assert found.place_of(NOW + timedelta(days=1)) == len(found.starts()) - 1
