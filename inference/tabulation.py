"""Feature matrices as files: csv with all digits, or npz."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from inference.features.contract import Matrix

_ROWS_AT_ONCE = 1_000


def write_csv(
    out: BinaryIO,
    names: Sequence[str],
    matrices: Iterable[Matrix],
    *,
    on_rows: Callable[[int], None] = lambda _rows: None,
) -> None:
    """A header, then one line per record; 17 significant digits give every float64 back, NaN is empty.

    ``on_rows`` hears the number of rows written since its last call.
    """
    out.write((",".join(names) + "\n").encode())
    for matrix in matrices:
        for first in range(0, len(matrix), _ROWS_AT_ONCE):
            rows = matrix[first : first + _ROWS_AT_ONCE].tolist()
            out.write("".join([",".join([_cell(value) for value in row]) + "\n" for row in rows]).encode())
            on_rows(len(rows))


def write_npz(
    out: BinaryIO,
    names: Sequence[str],
    matrices: Iterable[Matrix],
    *,
    lines: npt.NDArray[np.int64],
    on_rows: Callable[[int], None] = lambda _rows: None,
) -> None:
    """Arrays ``features`` (n, f), ``names`` (f,) and ``lines`` (n,), the line of each row in the log file.

    ``on_rows`` hears the number of rows extracted since its last call.
    """
    parts = []
    for matrix in matrices:
        parts.append(matrix)
        on_rows(len(matrix))
    features = np.concatenate(parts) if parts else np.empty((0, len(names)))
    whole = io.BytesIO()  # a pipe cannot be sought in, which the format needs
    np.savez_compressed(whole, allow_pickle=False, features=features, names=np.array(names), lines=lines)
    out.write(whole.getbuffer())


def _cell(value: float) -> str:
    if value == value:
        return f"{value:.17g}"
    return ""
