"""Levels of all senders get one of five names."""

from typing import Any

import pytest

from inference.intake.levels import canonical_level


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("warn", "WARNING"),
        ("Err", "ERROR"),
        ("crit", "CRITICAL"),
        ("notice", "INFO"),
        ("emerg", "CRITICAL"),
        ("trace", "DEBUG"),
        ("fatal", "CRITICAL"),
        (" info ", "INFO"),
        ("ERROR", "ERROR"),
        ("audit", "AUDIT"),
        ("", None),
        (None, None),
        ([], None),
        (True, None),
        (3.5, None),
        (float("nan"), None),
        (float("inf"), None),
        ("x" * 50, "X" * 16),
    ],
)
def test_names(value: Any, name: str | None) -> None:
    assert canonical_level(value) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [(0, "CRITICAL"), (2, "CRITICAL"), ("3", "ERROR"), (4, "WARNING"), (5.0, "INFO"), (7, "DEBUG")],
)
def test_small_numbers_are_syslog(value: Any, name: str) -> None:
    assert canonical_level(value, key="severity") == name


@pytest.mark.parametrize(
    ("value", "name"),
    [(8, "DEBUG"), (9, "INFO"), (13, "WARNING"), ("17", "ERROR"), (24, "CRITICAL"), (25, None)],
)
def test_larger_numbers_are_opentelemetry(value: Any, name: str | None) -> None:
    assert canonical_level(value) == name


@pytest.mark.parametrize(
    ("value", "name"), [(0, None), (1, "DEBUG"), (4, "DEBUG"), (9, "INFO"), (21, "CRITICAL")]
)
def test_the_key_of_opentelemetry_is_never_syslog(value: int, name: str | None) -> None:
    assert canonical_level(value, key="severityNumber") == name
