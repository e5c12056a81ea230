"""From the flat tables of a forest to the nodes its kernel walks."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelhub.artifacts.safeform.tables import FloatArray, ForestTables

Keys = npt.NDArray[np.uint32]
_LEAF = -1
_BEYOND_ALL = np.uint32(0xFFFFFFFF)
_SIGN = np.uint32(0x80000000)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The trees of a forest, level by level, each with the children of a node beside each other.

    ``nodes`` uint32 (n_nodes, 3): key of the threshold, column, left child; the right child is the next one.
    A leaf has itself as left child under a threshold that no key exceeds. ``leaf_value`` float64
    (n_nodes,), ``roots`` and ``depths`` (levels below the root) uint32 (n_trees,).
    """

    nodes: Keys
    leaf_value: FloatArray
    roots: Keys
    depths: Keys


def lay_out(tables: ForestTables) -> Nodes:
    """The nodes of tables that passed ``structure.check_tables``."""
    order, tree, depths = _levels(tables)
    # Stable: within a tree the levels stay in order and siblings beside each other.
    order = order[np.argsort(tree, kind="stable")]
    number = np.empty(len(order), np.uint32)
    number[order] = np.arange(len(order), dtype=np.uint32)
    leaf = tables.left[order] == _LEAF
    nodes = np.empty((len(order), 3), np.uint32)
    nodes[:, 0] = np.where(leaf, _BEYOND_ALL, keys_of(_rounded_down(tables.threshold[order])))
    nodes[:, 1] = np.where(leaf, 0, tables.feature[order])
    nodes[:, 2] = np.where(leaf, number[order], number[tables.left[order]])
    return Nodes(nodes, tables.leaf_value[order].astype(np.float64), number[tables.roots], depths)


def keys_of(values: npt.NDArray[np.float32]) -> Keys:
    """Unsigned numbers that order like the float32 they stand for, both zeros alike."""
    bits = (values + np.float32(0.0)).view(np.uint32)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _rounded_down(thresholds: FloatArray) -> npt.NDArray[np.float32]:
    """The largest float32 not above each threshold: ``x <= threshold`` keeps its answer for float32 x."""
    with np.errstate(
        over="ignore"
    ):  # beyond float32 the answer is an infinity, which the next line takes back
        nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > thresholds, below, nearest)


def _levels(tables: ForestTables) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp], Keys]:
    """All nodes by level, the tree of each, and the number of levels below each root."""
    front, owner = tables.roots, np.arange(len(tables.roots))
    depths = np.zeros(len(tables.roots), np.uint32)
    fronts, owners = [front], [owner]
    level = 0
    while True:
        inner = tables.left[front] != _LEAF
        front, owner = front[inner], owner[inner].repeat(2)
        if not len(front):
            return np.concatenate(fronts), np.concatenate(owners), depths
        front = np.stack([tables.left[front], tables.right[front]], axis=1).reshape(-1)
        level += 1
        depths[owner] = level
        fronts.append(front)
        owners.append(owner)
