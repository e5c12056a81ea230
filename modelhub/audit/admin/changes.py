"""Before and after as rows of a table, nested facts by their path; a pure function."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NONE = "–"


@dataclass(frozen=True, slots=True)
class Change:
    """One fact before and after as text; a dash where it was not given."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """True when the operation changed it."""
        return self.before != self.after


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every fact of either side by name, in the order in which they come.

    >>> changes({"current": "a"}, {"current": "b"})
    (Change(name='current', before='a', after='b'),)
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    names = [*old, *(name for name in new if name not in old)]
    return tuple(Change(name, old.get(name, NONE), new.get(name, NONE)) for name in names)


def _flat(facts: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        place = f"{path}{name}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{place} › ")
        else:
            yield place, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
