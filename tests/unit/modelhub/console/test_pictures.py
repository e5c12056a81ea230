"""Pictures keep the proportions of their numbers and stay inside their frame."""

import math

import pytest

from modelhub.console.pictures import HEIGHT, WIDTH, columns, curve, share


def test_a_curve_spans_the_frame_and_falls_downwards() -> None:
    drawn = curve([(1.0, 1.0), (2.0, 0.5), (3.0, 0.0)], 2.0)
    assert drawn.line == f"0.0,0.0 {WIDTH / 2},{HEIGHT / 2} {WIDTH}.0,{HEIGHT}.0"
    assert drawn.mark == WIDTH / 2


@pytest.mark.parametrize("mark", [-5.0, 50.0])
def test_a_mark_outside_the_points_widens_the_axis(mark: float) -> None:
    drawn = curve([(1.0, 1.0), (3.0, 0.0)], mark)
    assert drawn.mark in (0.0, WIDTH)


@pytest.mark.parametrize("points", [[], [(1.0, 1.0)], [(math.nan, 1.0), (1.0, math.inf)]])
def test_too_few_usable_points_draw_nothing(points: list[tuple[float, float]]) -> None:
    assert curve(points, 1.0).line == ""


def test_heights_outside_zero_to_one_are_held_in_the_frame() -> None:
    drawn = curve([(0.0, 7.0), (1.0, -7.0)], 0.5)
    assert drawn.line == f"0.0,0.0 {WIDTH}.0,{HEIGHT}.0"


def test_columns_stack_from_the_bottom_in_proportion() -> None:
    tall, low = columns([[("low", 3), ("severe", 1)], [("low", 1), ("severe", 0)]], ["a", "b"])
    assert tall.parts == (("low", HEIGHT / 4, HEIGHT * 3 / 4), ("severe", 0.0, HEIGHT / 4))
    assert low.parts == (("low", HEIGHT * 3 / 4, HEIGHT / 4),)
    assert low.left > tall.left + tall.width


def test_columns_without_anything_draw_nothing() -> None:
    assert columns([[("low", 0)]], ["a"]) == ()


@pytest.mark.parametrize(
    ("value", "largest", "expected"),
    [(1.0, 4.0, 25.0), (9.0, 4.0, 100.0), (1.0, 0.0, 0.0), (math.nan, 1.0, 0.0), (-1.0, 2.0, 50.0)],
)
def test_a_share_is_a_percentage_of_the_largest(value: float, largest: float, expected: float) -> None:
    assert share(value, largest) == expected
