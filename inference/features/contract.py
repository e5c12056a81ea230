"""What a feature set is: a named, versioned function from a batch of records to a matrix."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inference.records import LogRecord

Matrix = npt.NDArray[np.float64]


class FeatureSet(Protocol):
    """A shipped feature set never changes; a better one gets a new name.

    ``names`` is the column order, ``calendar`` those columns that only tell the time of the clock.
    ``extract`` answers a float64 matrix, shape (n_records, n_features), row i for record i of the input,
    NaN where a value is missing.
    """

    name: str
    names: tuple[str, ...]
    calendar: frozenset[str]

    def extract(self, records: Sequence[LogRecord]) -> Matrix: ...
