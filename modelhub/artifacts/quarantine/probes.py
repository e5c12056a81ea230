"""Rows to compare scores on: ordinary ones, far ones, and ones exactly on a forest's thresholds."""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_ORDINARY = 192
_ON_THRESHOLD = 128
_SEED = 20240229


def rows(model: Any, scaler: Any) -> FloatArray:
    """Probe rows in the package's own units, float64, shape (n, n_features), the same every time.

    ``model`` and ``scaler`` are settled estimators. A third of the ordinary rows lies three, a third
    ten spreads away from the centre.
    """
    random = np.random.default_rng(_SEED)
    center, spread = _location(model, scaler)
    reach = np.repeat([1.0, 3.0, 10.0], _ORDINARY // 3)[:, None]
    ordinary = center + spread * reach * random.standard_normal((_ORDINARY, len(center)))
    return np.vstack([ordinary, _on_thresholds(model, scaler, ordinary, random)])


def _location(model: Any, scaler: Any) -> tuple[FloatArray, FloatArray]:
    """Centre and spread of the training data as far as an estimator remembers them."""
    first = scaler if scaler is not None else model
    while hasattr(first, "steps"):
        first = first.steps[0][1]
    width = first.n_features_in_
    remembered = vars(first)
    if "data_min_" in remembered:
        return (first.data_min_ + first.data_max_) / 2, np.maximum(first.data_range_, 1e-9) / 4
    if "_fit_X" in remembered:
        return first._fit_X.mean(axis=0), first._fit_X.std(axis=0) + 1e-9
    if "support_vectors_" in remembered:
        return first.support_vectors_.mean(axis=0), first.support_vectors_.std(axis=0) + 1e-9
    if "location_" in remembered:
        return first.location_, np.sqrt(np.abs(np.diag(first.covariance_))) + 1e-9
    if "estimators_" in remembered:
        return _threshold_location(first)
    center = next((remembered[name] for name in _CENTERS if remembered.get(name) is not None), 0.0)
    spread = remembered.get("scale_")
    return np.broadcast_to(center, width) + np.zeros(width), np.broadcast_to(
        1.0 if spread is None else spread, width
    )


_INVERTIBLE = ("NoneType", "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")
_CENTERS = ("mean_", "center_", "statistics_")


def _threshold_location(forest: Any) -> tuple[FloatArray, FloatArray]:
    center, spread = np.zeros(forest.n_features_in_), np.ones(forest.n_features_in_)
    features, thresholds = _splits(forest)
    for column in np.unique(features):
        own = thresholds[features == column]
        center[column], spread[column] = own.mean(), own.std() + 1e-9
    return center, spread


def _splits(forest: Any) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Column and threshold of every split of the forest."""
    subset = forest._max_features != forest.n_features_in_
    features, thresholds = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for tree, columns in zip(forest.estimators_, forest.estimators_features_, strict=True):
        inner = tree.tree_.children_left >= 0
        own = tree.tree_.feature[inner]
        features.append(columns[own] if subset else own)
        thresholds.append(tree.tree_.threshold[inner])
    return np.concatenate(features), np.concatenate(thresholds)


def _on_thresholds(model: Any, scaler: Any, base: FloatArray, random: np.random.Generator) -> FloatArray:
    """Rows that sit on a split in every column that has one: where rounding would show first."""
    if not hasattr(model, "estimators_") or type(scaler).__name__ not in _INVERTIBLE:
        return base[:0]
    features, thresholds = _splits(model)
    placed = np.resize(base, (_ON_THRESHOLD, base.shape[1]))
    if scaler is not None:
        placed = scaler.transform(placed)
    for column in np.unique(features):
        placed[:, column] = random.choice(thresholds[features == column], _ON_THRESHOLD)
    if scaler is None:
        return placed
    return np.asarray(scaler.inverse_transform(placed), dtype=np.float64)
