"""From a checked forest in plain form to its flat tables; scikit-learn is not needed."""

from typing import Any

import numpy as np

from modelhub.artifacts.safeform import structure
from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.artifacts.safeform.paths import LEAF, average_path_length, depths
from modelhub.artifacts.safeform.tables import FloatArray, ForestTables

_FLAT = (["IsolationForest"], ["StandardScaler", "IsolationForest"])


def can_flatten(model: PlainObject, scaler: PlainObject | None) -> bool:
    """True for an isolation forest behind one StandardScaler or nothing, in a pipeline or beside it."""
    return [step.kind for step in _chain(model, scaler)] in _FLAT


def forest_tables(model: PlainObject, scaler: PlainObject | None) -> ForestTables:
    """The tables of a model that passed :func:`structure.check` and :func:`can_flatten`.

    Leaf values and the normalizer are computed in scikit-learn's order of operations.
    """
    *before, forest = _chain(model, scaler)
    parts = [_tree(tree, _columns(forest, number)) for number, tree in enumerate(forest.get("estimators_"))]
    starts = np.cumsum([0] + [len(part["left"]) for part in parts[:-1]]).astype(np.int32)
    for part, start in zip(parts, starts, strict=True):
        for side in ("left", "right"):
            part[side] = np.where(part[side] == LEAF, LEAF, part[side] + start).astype(np.int32)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    mean, scale = _scaling(before[0] if before else None)
    return ForestTables(
        **joined,
        roots=starts,
        normalizer=float(len(parts) * average_path_length([forest.get("_max_samples")])[0]),
        offset=float(forest.get("offset_")),
        n_features=forest.get("n_features_in_"),
        scaler_mean=mean,
        scaler_scale=scale,
    )


def _chain(model: PlainObject, scaler: PlainObject | None) -> list[PlainObject]:
    """What a row goes through, in order."""
    return [*(structure.steps(scaler) if scaler is not None else ()), *structure.steps(model)]


def _tree(tree: PlainObject, columns: Any) -> dict[str, Any]:
    nodes = tree.attributes["tree_"].attributes["nodes"]
    left, right = nodes["left_child"], nodes["right_child"]
    leaf = left == LEAF
    lengths = (depths(left, right) + 1) + average_path_length(nodes["n_node_samples"]) - 1.0
    return {
        "feature": np.where(leaf, 0, columns[np.where(leaf, 0, nodes["feature"])]).astype(np.int32),
        "threshold": np.where(leaf, 0.0, nodes["threshold"]),
        "left": left,
        "right": right,
        "leaf_value": np.where(leaf, lengths, 0.0),
    }


def _columns(forest: PlainObject, number: int) -> Any:
    """Which column of the row a tree's own feature number means (trees on a subset renumber)."""
    if forest.get("_max_features") == forest.get("n_features_in_"):
        return np.arange(forest.get("n_features_in_"))
    return forest.get("estimators_features_")[number]


def _scaling(scaler: PlainObject | None) -> tuple[FloatArray | None, FloatArray | None]:
    if scaler is None:
        return None, None
    width = scaler.get("n_features_in_")
    mean, scale = scaler.get("mean_"), scaler.get("scale_")
    if mean is None or not scaler.get("with_mean"):
        mean = np.zeros(width)
    if scale is None or not scaler.get("with_std"):
        scale = np.ones(width)
    return np.asarray(mean, dtype=np.float64), np.asarray(scale, dtype=np.float64)
