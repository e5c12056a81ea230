"""What scoring tells the meters of one request."""

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
EMPTY: Array = np.empty(0)


class Stages(msgspec.Struct, frozen=True, gc=False):
    """Seconds a request waited for its body and a free place, took for features, and in the model."""

    queue_s: float = 0.0
    features_s: float = 0.0
    model_s: float = 0.0


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One answered request: seconds it took, float64 scores (n,), unscaled features (n, n_features) or None.

    ``anomalies`` counts the scores above the threshold. ``error`` is the stable code of what failed it, for
    which the arrays are empty; empty text means success. ``endpoint`` is ``analyze``, ``predict``, ``python``
    or ``job``; ``severities`` 0..100 are those of the anomalies, float64 (anomalies,). The arrays are kept
    until the next flush and must not be written to any more.
    """

    version_id: int
    duration_s: float
    scores: Array
    features: Array | None
    anomalies: int
    error: str = ""
    endpoint: str = "python"
    severities: Array = EMPTY
    stages: Stages = Stages()
