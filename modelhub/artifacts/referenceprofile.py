"""The profile of the training rows that a package may bring: whether later drift can be measured against it.

Two forms are known: counts between cut points (``format``, ``points``, ``counts``), and evenly spaced
quantiles alone. What else a trainer writes there is no fault of the model, so it is noted and left out.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from modelhub.artifacts import layout, strictjson
from modelhub.artifacts.fields import invalid
from modelhub.artifacts.types import Note, StagedPackage

_FORMAT = "profile-1"
_MOST_POINTS = 256
_WITHOUT = "drift is measured against the first stable window instead."


def notes(staged: StagedPackage, names: Sequence[str]) -> tuple[Note, ...]:
    """A note where the package has a ``reference_profile.json`` that cannot be used for its features.

    Raises PackageRefused (metadata_invalid) where the file cannot be read as JSON at all.
    """
    file = staged.files.get(layout.REFERENCE_PROFILE)
    if file is None:
        return ()
    try:
        value = strictjson.parse_value(file.path.read_bytes())
    except strictjson.StrictJSONError as error:
        raise invalid(f"{file.name} cannot be read: {error}") from None
    problem = _problem(value, names)
    return (Note("reference_profile_ignored", f"{file.name} {problem}: {_WITHOUT}"),) if problem else ()


def _problem(value: Any, names: Sequence[str]) -> str:
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("features"), dict)
        or not _is_count(value.get("rows"))
    ):
        return "does not hold rows and features"
    features = value["features"]
    if list(features) != list(names):
        return "describes other features than the model has, or in another order"
    if value.get("format") == _FORMAT:
        wrong = [name for name, column in features.items() if not _is_column(column, value["rows"])]
    elif _are_levels(value.get("quantiles")):
        wrong = [name for name, column in features.items() if not _fits(column, len(value["quantiles"]))]
    else:
        return "has no form that is known here"
    return f"holds no usable profile of {', '.join(wrong[:3])}" if wrong else ""


def _is_column(column: Any, rows: int) -> bool:
    if not isinstance(column, Mapping) or column.get("kind") not in ("continuous", "discrete"):
        return False
    points, counts = column.get("points"), column.get("counts")
    if not isinstance(points, list) or not isinstance(counts, list) or len(points) > _MOST_POINTS:
        return False
    if not _rise(points, strictly=True):
        return False
    return len(counts) == len(points) + 2 and all(map(_is_count, counts)) and sum(counts) == rows


def _are_levels(levels: Any) -> bool:
    usable = isinstance(levels, list) and 2 <= len(levels) <= _MOST_POINTS and _rise(levels, strictly=True)
    return usable and levels[0] == 0 and levels[-1] == 1


def _fits(column: Any, length: int) -> bool:
    return isinstance(column, list) and len(column) == length and _rise(column, strictly=False)


def _rise(numbers: Any, *, strictly: bool) -> bool:
    if not isinstance(numbers, list) or not all(type(number) in (int, float) for number in numbers):
        return False
    return all(a < b if strictly else a <= b for a, b in pairwise(numbers))


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0
