"""Forests of any shape, grown from a seed without scikit-learn, and rows that hit their thresholds."""

from dataclasses import dataclass, field

import numpy as np

from modelhub.artifacts.safeform.tables import ForestTables
from tests.fitted import Matrix

_AWKWARD = np.array([0.0, -0.0, 1e-60, -1e-60, 1.4e-45, 3.5e38, -3.5e38, 1e300, -1e300, 0.1, 1 / 3])


@dataclass
class _Lists:
    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def leaf(self, rng: np.random.Generator) -> int:
        return self._node(0, 0.0, float(rng.uniform(0.5, 12.0)))

    def split(self, rng: np.random.Generator, width: int) -> int:
        threshold = float(rng.choice(_AWKWARD)) if rng.random() < 0.3 else float(rng.normal())
        return self._node(int(rng.integers(0, width)), threshold, 0.0)

    def _node(self, feature: int, threshold: float, value: float) -> int:
        for values, one in (
            (self.feature, feature), (self.threshold, threshold), (self.value, value),
            (self.left, -1), (self.right, -1),
        ):  # fmt: skip
            values.append(one)
        return len(self.left) - 1


def grow(
    seed: int, *, trees: int, width: int, depth: int, is_chain: bool = False, is_scaled: bool = True
) -> ForestTables:
    """A forest with trees of at most ``depth`` levels; chains reach it along one random path only."""
    rng = np.random.default_rng(seed)
    lists, roots = _Lists(), []
    for _ in range(trees):
        roots.append(len(lists.left))
        _tree(lists, rng, width=width, depth=depth, is_chain=is_chain)
    return ForestTables(
        feature=np.array(lists.feature, np.int32),
        threshold=np.array(lists.threshold, np.float64),
        left=np.array(lists.left, np.int32),
        right=np.array(lists.right, np.int32),
        leaf_value=np.array(lists.value, np.float64),
        roots=np.array(roots, np.int32),
        normalizer=float(rng.uniform(1.0, 10.0) * trees),
        offset=-0.5,
        n_features=width,
        scaler_mean=rng.normal(size=width) if is_scaled else None,
        scaler_scale=rng.uniform(0.1, 5.0, width) if is_scaled else None,
    )


def rows_for(tables: ForestTables, seed: int, count: int) -> Matrix:
    """float64 (count, n_features): ordinary rows, a third of the values exactly on thresholds, some huge."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, tables.n_features))
    on_threshold = rng.random(rows.shape) < 0.35
    rows[on_threshold] = rng.choice(np.concatenate([tables.threshold, _AWKWARD]), int(on_threshold.sum()))
    if tables.scaler_mean is not None and tables.scaler_scale is not None:
        rows = rows * tables.scaler_scale + tables.scaler_mean
    return rows


def _tree(lists: _Lists, rng: np.random.Generator, *, width: int, depth: int, is_chain: bool) -> None:
    """Depth first, as scikit-learn numbers nodes; a stack, because chains are deeper than Python's own."""
    waiting: list[tuple[int, int, bool]] = [(depth, -1, False)]
    while waiting:
        levels, parent, is_right = waiting.pop()
        ends = levels == 0 or (not is_chain and rng.random() < 0.15)
        node = lists.leaf(rng) if ends else lists.split(rng, width)
        if parent >= 0:
            (lists.right if is_right else lists.left)[parent] = node
        if not ends:
            goes_right = bool(rng.random() < 0.5)
            for side in (True, False):
                below = levels - 1 if not is_chain or side == goes_right else 0
                waiting.append((below, node, side))
