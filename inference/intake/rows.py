"""Feature rows as clients send them, lists or objects, as one matrix."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import msgspec
import numpy as np

from inference.faults import LARGEST, surely_fits
from inference.intake.plainrows import packed
from inference.runtimes.contract import Matrix
from modelhub.errors import Code, FieldError, InputInvalid

_MOST_NAMED = 20


def matrix_of(rows: Sequence[Any], names: Sequence[str], *, scale: Matrix | None = None) -> Matrix:
    """Float64 (n, len(names)), columns in the order of ``names``; a row is a list or an object by name.

    ``scale`` is the scaler's standard deviation per column: trees compare in float32, so a value that
    would be infinite there is refused.

    Raises InputInvalid: ``features_invalid`` naming row and column for another width, unknown or missing
    names and anything but numbers; ``features_not_finite`` for numbers too large to score.
    """
    if not rows:
        return np.empty((0, len(names)))
    plain = _as_lists(rows, names) if isinstance(rows[0], dict) else rows
    try:
        numbers = msgspec.convert(plain, list[list[float]], strict=True)
    except msgspec.ValidationError:
        raise _refusal(plain, names) from None
    if set(map(len, numbers)) != {len(names)}:
        raise _refusal(plain, names)
    matrix = packed(numbers, len(numbers), len(names))
    _refuse_overflow(matrix, names, scale)
    return matrix


def _refuse_overflow(matrix: Matrix, names: Sequence[str], scale: Matrix | None) -> None:
    most = surely_fits(scale)
    if -most < matrix.min(initial=0.0) and matrix.max(initial=0.0) < most:
        return
    with np.errstate(over="ignore"):
        scaled = matrix if scale is None else matrix / scale
    places = np.argwhere(np.abs(scaled) > LARGEST)
    if not len(places):
        return
    faults = [
        FieldError(
            f"/features/{row}/{column}",
            f"Row {row}, column {names[column]} is too large to be scored.",
            Code.FEATURES_NOT_FINITE,
        )
        for row, column in places[:_MOST_NAMED].tolist()
    ]
    raise InputInvalid(Code.FEATURES_NOT_FINITE, faults[0].detail, errors=tuple(faults))


def _as_lists(rows: Sequence[Any], names: Sequence[str]) -> list[Any]:
    pick = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    lists = []
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or len(row) != len(names) or not all(name in row for name in names):
            raise _misnamed(number, row, names)
        lists.append(list(pick(row)))
    return lists


def _misnamed(number: int, row: Any, names: Sequence[str]) -> InputInvalid:
    if not isinstance(row, dict):
        said = f"Row {number} is not an object like the rows before it."
        return _invalid(said, [FieldError(f"/features/{number}", said, Code.FEATURES_INVALID)])
    known = set(names)
    missing = [f"{name!r} is missing" for name in names if name not in row]
    unknown = [f"{name[:100]!r} is not a feature of this version" for name in row if name not in known]
    faults = [
        FieldError(f"/features/{number}", f"{fault}.", Code.FEATURES_INVALID)
        for fault in [*missing, *unknown][:_MOST_NAMED]
    ]
    return _invalid(f"Row {number} has other names than the version needs: {faults[0].detail}", faults)


def _refusal(rows: Sequence[Any], names: Sequence[str]) -> InputInvalid:
    """What is wrong, found row by row; only a body that was refused pays for it."""
    faults: list[FieldError] = []
    for number, row in enumerate(rows):
        if len(faults) >= _MOST_NAMED:
            break
        faults += _row_faults(number, row, names)
    return _invalid(f"{faults[0].detail} There may be more such values.", faults[:_MOST_NAMED])


def _row_faults(number: int, row: Any, names: Sequence[str]) -> list[FieldError]:
    at = f"/features/{number}"
    if not isinstance(row, list):
        return [FieldError(at, f"Row {number} is not a list like the rows before it.", Code.FEATURES_INVALID)]
    if len(row) != len(names):
        said = f"Row {number} has {len(row)} values; the version needs {len(names)}."
        return [FieldError(at, said, Code.FEATURES_INVALID)]
    return [
        FieldError(f"{at}/{place}", f"Row {number}, column {name} is not a number.", Code.FEATURES_INVALID)
        for place, (name, value) in enumerate(zip(names, row, strict=True))
        if isinstance(value, bool) or not isinstance(value, int | float)
    ]


def _invalid(detail: str, faults: list[FieldError]) -> InputInvalid:
    return InputInvalid(Code.FEATURES_INVALID, detail, errors=tuple(faults))
