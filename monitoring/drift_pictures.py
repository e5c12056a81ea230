"""The distributions of a drift check as pictures: for each range of values its share then and now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelhub.console.pictures import WIDTH, Bar, Tick, columns
from monitoring.drift.pictured import Group
from monitoring.drift_report import groups_of

_PARTS = 10_000  # shares as whole numbers, for the geometry


@dataclass(frozen=True, slots=True)
class Picture:
    """Pairs of bars under ``name``; ``top`` is the tallest share, ``table`` the same in numbers."""

    name: str
    summary: str
    top: float
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    table: tuple[Group, ...]


def pictures(distributions: Mapping[str, Sequence[Sequence[Any]]]) -> list[Picture]:
    """One picture for each stored distribution, in the order they are stored."""
    return [_picture(name, groups_of(stored)) for name, stored in distributions.items() if stored]


def _picture(name: str, groups: Sequence[Group]) -> Picture:
    bars: list[list[tuple[str, int]]] = []
    titles: list[str] = []
    for group in groups:
        said = f"{group.label}: {_shares(group)}"
        bars += [[("then", round(group.reference * _PARTS))], [("now", round(group.current * _PARTS))], []]
        titles += [said, said, ""]
    bars, titles = bars[:-1], titles[:-1]
    top = max(max(group.reference, group.current) for group in groups)
    return Picture(
        name, _summary(groups), top, columns(bars, titles), _ticks(groups, len(bars)), tuple(groups)
    )


def _summary(groups: Sequence[Group]) -> str:
    most = max(groups, key=lambda group: abs(group.current - group.reference))
    return f"The share of the range “{most.label}” changed most: {_shares(most)}."


def _shares(group: Group) -> str:
    return f"{group.reference * 100:.3g} % before, {group.current * 100:.3g} % now"


def _ticks(groups: Sequence[Group], count: int) -> tuple[Tick, ...]:
    """The first, middle and last range: more words do not fit under a picture."""
    places = sorted({0, len(groups) // 2, len(groups) - 1})
    return tuple(Tick((place * 3 + 1) * WIDTH / count, groups[place].label) for place in places)
