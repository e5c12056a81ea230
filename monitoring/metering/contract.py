"""What scoring tells the meters of one request."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observation:
    """One answered request: seconds it took, float64 scores (n,), unscaled features (n, n_features) or None.

    ``anomalies`` counts the scores above the threshold. ``error`` is the stable code of what failed it, for
    which the arrays are empty; empty text means success. The arrays are kept until the next flush and must
    not be written to any more.
    """

    version_id: int
    duration_s: float
    scores: Array
    features: Array | None
    anomalies: int
    error: str = ""
