"""Path lengths of isolation trees, from their node arrays alone."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LEAF: Final = -1


def average_path_length(samples: npt.ArrayLike) -> FloatArray:
    """Mean depth of an unsuccessful search in a random tree over ``samples`` rows, same shape, float64.

    c(n) = 2 (ln(n - 1) + gamma) - 2 (n - 1) / n, c(2) = 1, c(n <= 1) = 0 (Liu, Ting, Zhou 2008,
    equation 1; the constants and the order of operations are scikit-learn's, so results are equal
    to the last bit).
    """
    counts = np.asarray(samples)
    lengths = np.zeros(counts.shape, dtype=np.float64)
    many = counts > 2
    lengths[many] = (
        2.0 * (np.log(counts[many] - 1.0) + np.euler_gamma) - 2.0 * (counts[many] - 1.0) / counts[many]
    )
    lengths[counts == 2] = 1.0
    return lengths


def depths(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> IntArray:
    """Depth of every node, root 0, int64, shape (n_nodes,).

    Parents must stand before their children, as the structural checks demand.
    """
    depth = np.zeros(len(left), dtype=np.int64)
    level = np.zeros(1, dtype=np.int64)
    while (level := level[left[level] != LEAF]).size:
        below = np.concatenate([left[level], right[level]])
        depth[below] = np.concatenate([depth[level], depth[level]]) + 1
        level = below
    return depth
