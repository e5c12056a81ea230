"""What a runtime is: the thing that turns scaled-or-raw feature rows into raw scores."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]


class Runtime(Protocol):
    """Executes one version's scaler and detector.

    ``score`` takes unscaled features, float64, shape (n, n_features), all finite, and answers
    float64 scores, shape (n,), higher = more anomalous: exactly scikit-learn's ``-score_samples``
    of the scaled rows. ``center`` and ``spread`` are the scaler's per-column mean and standard
    deviation in training, shape (n_features,), or None without such a scaler. Thread-safe.
    """

    n_features: int
    center: Matrix | None
    spread: Matrix | None

    def score(self, features: Matrix) -> Scores: ...
