"""Small pieces of HTML never let stored text out of its element."""

import pytest

from modelhub.console import badges

EVIL = "<script>\"'\x1b[31m"


@pytest.mark.parametrize(
    "html", [badges.badge(EVIL, "bad"), badges.code(EVIL), badges.badges([(EVIL, "good")])]
)
def test_stored_text_is_escaped(html: str) -> None:
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_control_characters_become_visible() -> None:
    assert r"\x1b[31m" in badges.code(EVIL)


def test_long_text_is_cut() -> None:
    assert ">xxx…<" in badges.code("x" * 500, limit=3)


@pytest.mark.parametrize(
    ("value", "tone"),
    [(0.0, "low"), (49.9, "low"), (50.0, "high"), (74.9, "high"), (75.0, "severe"), (100.0, "severe")],
)
def test_severities_fall_into_three_bands(value: float, tone: str) -> None:
    assert badges.severity_tone(value) == tone


def test_a_severity_bar_stays_in_its_frame() -> None:
    assert "width:100%" in badges.severity(250.0)
    assert "width:0%" in badges.severity(-3.0)
