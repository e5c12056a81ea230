"""Any other detector, run by scikit-learn itself from its skops safe form."""

from typing import Any

import numpy as np

from inference.runtimes.contract import Matrix, Scores


class SklearnRuntime:
    """Scores of a scikit-learn detector behind an optional scaler, both already verified.

    The estimators become this runtime's own: they lose their column names, because rows come as plain
    arrays whose order is checked at import, and scikit-learn would warn at every call; a scaler never
    writes into the caller's rows; and work is done on the calling thread.
    """

    def __init__(self, detector: Any, scaler: Any | None) -> None:
        self._detector = _own(detector)
        self._scaler = None if scaler is None else _own(scaler)
        self.n_features = int(detector.n_features_in_)
        first = scaler if scaler is not None else _first_step(detector)
        self.center: Matrix | None = _column(first, "mean_")
        self.spread: Matrix | None = None if self.center is None else _column(first, "scale_")

    def score(self, features: Matrix) -> Scores:
        """Scores, float64 (n,), higher = more anomalous, of unscaled finite rows, float64 (n, n_features)."""
        if not len(features):
            return np.empty(0)
        rows = features if self._scaler is None else self._scaler.transform(features)
        return np.negative(np.asarray(self._detector.score_samples(rows), np.float64))


def _own(estimator: Any) -> Any:
    for _, step in getattr(estimator, "steps", ()):
        _own(step)
    state = vars(estimator)
    state.pop("feature_names_in_", None)
    if "copy" in state:
        state["copy"] = True
    if "n_jobs" in state:
        state["n_jobs"] = 1
    return estimator


def _first_step(detector: Any) -> Any | None:
    """What a pipeline does to the rows first: often the scaler that other packages bring as a file."""
    steps = getattr(detector, "steps", ())
    return steps[0][1] if steps else None


def _column(scaler: Any | None, name: str) -> Matrix | None:
    values = getattr(scaler, name, None)
    return None if values is None else np.asarray(values, np.float64)
