"""Reference rows as callers send them: bounded, finite, in the version's columns."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inference.intake.rows import matrix_of
from inference.validation.subject import Matrix
from modelhub.errors import Code, FieldError, InputInvalid

MOST_ROWS = 10_000
_FIELD = "/reference_data"


def reference_matrix(value: Any, names: Sequence[str], *, scale: Matrix | None = None) -> Matrix | None:
    """Float64 (n, len(names)), columns in the order of ``names``; None for null or an empty list.

    A row is a list in the version's order or an object by name. ``scale`` is the scaler's deviation per
    column. Raises InputInvalid (``body_invalid``, ``features_invalid``, ``features_not_finite``) with a
    pointer to each fault.
    """
    if value is None or value == []:
        return None
    if not isinstance(value, list):
        raise _refused("It must be a list of rows, each a list of numbers or an object by feature name.")
    if len(value) > MOST_ROWS:
        raise _refused(f"It holds {len(value):,} rows; at most {MOST_ROWS:,} are taken. Send a sample.")
    try:
        matrix = matrix_of(value, names, scale=scale)
    except InputInvalid as error:
        raise _pointed(error) from None
    if not np.isfinite(matrix).all():
        row = int(np.argwhere(~np.isfinite(matrix))[0][0])
        raise _refused(f"Row {row} holds a value that is not a finite number.", pointer=f"{_FIELD}/{row}")
    return matrix


def _pointed(error: InputInvalid) -> InputInvalid:
    """The same fault, its pointers into this body instead of that of a prediction."""
    errors = tuple(
        replace(fault, pointer=_FIELD + fault.pointer.removeprefix("/features")) for fault in error.errors
    )
    return InputInvalid(error.code, error.detail, errors=errors)


def _refused(said: str, *, pointer: str = _FIELD) -> InputInvalid:
    return InputInvalid(Code.BODY_INVALID, said, errors=(FieldError(pointer, said, str(Code.BODY_INVALID)),))
