"""A fitted forest as flat tables, straight from scikit-learn's own arrays."""

from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

from modelhub.artifacts.safeform.tables import ForestTables


def flatten(forest: IsolationForest, scaler: StandardScaler | None) -> ForestTables:
    """The tables of a forest fitted by the scikit-learn at hand (its private leaf depths included)."""
    trees = [_tree(forest, number) for number in range(len(forest.estimators_))]
    starts = np.cumsum([0, *(len(tree["left"]) for tree in trees[:-1])])
    for tree, start in zip(trees, starts, strict=True):
        for side in ("left", "right"):
            tree[side] = np.where(tree[side] == -1, -1, tree[side] + start)
    columns = {name: np.concatenate([tree[name] for tree in trees]) for name in trees[0]}
    return ForestTables(
        feature=columns["feature"].astype(np.int32),
        threshold=columns["threshold"],
        left=columns["left"].astype(np.int32),
        right=columns["right"].astype(np.int32),
        leaf_value=columns["leaf_value"],
        roots=starts.astype(np.int32),
        normalizer=len(trees) * average_path_length(int(forest.max_samples_)),
        offset=float(forest.offset_),
        n_features=int(forest.n_features_in_),
        scaler_mean=None if scaler is None else scaler.mean_,
        scaler_scale=None if scaler is None else scaler.scale_,
    )


def average_path_length(samples: int) -> float:
    """Mean path of an unsuccessful search among ``samples`` (Liu, Ting and Zhou 2008, equation 1)."""
    if samples <= 2:
        return float(max(samples - 1, 0))
    return float(2.0 * (np.log(samples - 1.0) + np.euler_gamma) - 2.0 * (samples - 1.0) / samples)


def _tree(forest: IsolationForest, number: int) -> dict[str, Any]:
    tree = forest.estimators_[number].tree_
    is_leaf = tree.children_left == -1
    depths = forest._decision_path_lengths[number] + forest._average_path_length_per_tree[number] - 1.0
    columns = np.asarray(forest.estimators_features_[number])
    return {
        "feature": np.where(is_leaf, -1, columns[np.where(is_leaf, 0, tree.feature)]),
        "threshold": np.where(is_leaf, 0.0, tree.threshold),
        "left": tree.children_left,
        "right": tree.children_right,
        "leaf_value": np.where(is_leaf, depths, 0.0),
    }
