"""What the kernel would be in numba: the same nodes, eight rows down one tree together."""

import numba
import numpy as np

from inference.runtimes.kernel.layout import lay_out
from modelhub.artifacts.safeform.tables import FloatArray, ForestTables

_ROWS = 8


def scorer(tables: ForestTables):  # type: ignore[no-untyped-def]
    """Scores of unscaled rows, float64 (n, n_features) to (n,)."""
    laid = lay_out(tables)
    nodes = laid.nodes.astype(np.int64)
    roots, depths = laid.roots.astype(np.int64), laid.depths.astype(np.int64)

    def score(rows: FloatArray) -> FloatArray:
        keys = _keys((rows - tables.scaler_mean) / tables.scaler_scale)
        return np.power(2.0, _sums(keys, nodes, laid.leaf_value, roots, depths) / -tables.normalizer)

    return score


def _keys(scaled: FloatArray) -> np.ndarray:
    bits = (scaled.astype(np.float32) + np.float32(0)).view(np.int32).astype(np.int64)
    return np.where(bits < 0, ~bits & 0xFFFFFFFF, bits | 0x80000000)


@numba.njit(boundscheck=False)
def _sums(keys, nodes, leaf_value, roots, depths):  # type: ignore[no-untyped-def]
    sums = np.zeros(len(keys))
    at = np.zeros(_ROWS, np.int64)
    for first in range(0, len(keys), _ROWS):
        lanes = min(_ROWS, len(keys) - first)
        for tree in range(len(roots)):
            at[:] = roots[tree]
            for _ in range(depths[tree]):
                for lane in range(lanes):
                    node = at[lane]
                    at[lane] = nodes[node, 2] + (keys[first + lane, nodes[node, 1]] > nodes[node, 0])
            for lane in range(lanes):
                sums[first + lane] += leaf_value[at[lane]]
    return sums
