"""Scores straight from the tables in plain numpy: slow, short, and the yardstick for every engine."""

import numpy as np

from modelhub.artifacts.safeform.paths import LEAF
from modelhub.artifacts.safeform.tables import FloatArray, ForestTables


def score(tables: ForestTables, features: FloatArray) -> FloatArray:
    """Scores of unscaled rows, float64, shape (n,), higher = more anomalous.

    ``features`` is float64, shape (n, n_features). Tables must have passed
    ``structure.check_tables``: a cycle would not end.
    """
    scaled = features
    if tables.scaler_mean is not None and tables.scaler_scale is not None:
        scaled = (features - tables.scaler_mean) / tables.scaler_scale
    rows = scaled.astype(np.float32)
    total = np.zeros(len(rows))
    for root in tables.roots:
        total += tables.leaf_value[_leaves(tables, int(root), rows)]
    scores: FloatArray = 2.0 ** (-total / tables.normalizer)
    return scores


def _leaves(tables: ForestTables, root: int, rows: np.ndarray) -> np.ndarray:
    nodes = np.full(len(rows), root)
    walking = np.arange(len(rows))
    while (walking := walking[tables.left[nodes[walking]] != LEAF]).size:
        at = nodes[walking]
        goes_left = rows[walking, tables.feature[at]] <= tables.threshold[at]
        nodes[walking] = np.where(goes_left, tables.left[at], tables.right[at])
    return nodes
