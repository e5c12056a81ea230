"""Isolation forests from their flat tables, through ONNX Runtime on one thread: where there is no kernel."""

import numpy as np

from inference.runtimes.contract import Matrix, Scores
from inference.runtimes.engine import open_session
from inference.runtimes.graph import INPUT, OUTPUT, forest_graph
from modelhub.artifacts.safeform.tables import ForestTables


class OnnxForest:
    """Scores of an isolation forest and its scaler, equal to scikit-learn's to the last bit.

    The tables must have passed ``structure.check_tables``: nothing is checked again here. One
    session serves all threads of a process.
    """

    def __init__(self, tables: ForestTables) -> None:
        self.n_features = tables.n_features
        self.center: Matrix | None = tables.scaler_mean
        self.spread: Matrix | None = tables.scaler_scale
        self._normalizer = tables.normalizer
        self._session = open_session(forest_graph(tables).SerializeToString())

    def score(self, features: Matrix) -> Scores:
        """Scores, float64 (n,), higher = more anomalous, of unscaled finite rows, float64 (n, n_features)."""
        if not len(features):
            return np.empty(0)
        sums = self._session.run([OUTPUT], {INPUT: features})[0]
        return score_from_sums(sums.reshape(-1), self._normalizer)


def score_from_sums(sums: Scores, normalizer: float) -> Scores:
    """``2 ** (-sum / normalizer)``; 0.5 for a forest grown on single rows, whose normalizer is 0.

    Source: ``IsolationForest._compute_score_samples`` in scikit-learn 1.9, operation by operation.
    """
    ratio = sums / normalizer if normalizer else np.ones_like(sums)
    return np.power(2.0, -ratio)
