"""Isolation forests from their flat tables in numpy alone: the yardstick of the faster engine."""

import numpy as np
import numpy.typing as npt

from inference.runtimes.contract import Matrix, Scores
from inference.runtimes.forest import score_from_sums
from modelhub.artifacts.safeform.tables import ForestTables

_CHUNK_ROWS = 16_384


def score(tables: ForestTables, features: Matrix) -> Scores:
    """Scores of unscaled rows: float64 (n, n_features) to float64 (n,), higher = more anomalous.

    The same operations in the same order as scikit-learn, one tree after the other; touches no file
    and starts no thread.
    """
    sums = np.concatenate(
        [_leaf_sums(tables, features[at : at + _CHUNK_ROWS]) for at in range(0, len(features), _CHUNK_ROWS)]
        or [np.empty(0)]
    )
    return score_from_sums(sums, tables.normalizer)


def _leaf_sums(tables: ForestTables, features: Matrix) -> Scores:
    rows = _scaled(tables, features).astype(np.float32).astype(np.float64)
    sums = np.zeros(len(rows))
    for root in tables.roots:
        sums += tables.leaf_value[_leaves(tables, rows, int(root))]
    return sums


def _scaled(tables: ForestTables, features: Matrix) -> Matrix:
    if tables.scaler_mean is None or tables.scaler_scale is None:
        return features
    return (features - tables.scaler_mean) / tables.scaler_scale


def _leaves(tables: ForestTables, rows: Matrix, root: int) -> npt.NDArray[np.int32]:
    """The leaf each row ends in: all rows step down together until none stands on a split."""
    nodes = np.full(len(rows), root, np.int32)
    walking = np.arange(len(rows))
    while len(walking := walking[tables.left[nodes[walking]] != -1]):
        at = nodes[walking]
        goes_left = rows[walking, tables.feature[at]] <= tables.threshold[at]
        nodes[walking] = np.where(goes_left, tables.left[at], tables.right[at])
    return nodes
