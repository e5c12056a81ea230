"""Detectors and scalers other than forests are whole: one check per class."""

from collections.abc import Callable
from typing import Any

import numpy as np

from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.artifacts.safeform.faults import array, natural, number, require

_METRICS = {"minkowski", "euclidean", "manhattan", "cityblock", "l1", "l2", "chebyshev", "cosine"}
_TREE_METRICS = _METRICS - {"cosine"}
_KERNELS = {"rbf", "linear", "poly", "sigmoid"}


def _lof(model: PlainObject) -> None:
    require(model.get("novelty") is True and model.get("_tree") is None)
    method = model.get("_fit_method")
    require(method in ("brute", "kd_tree", "ball_tree"))
    rows = array(model.get("_fit_X"), (None, _width(model)))
    count = len(rows)
    neighbours = natural(model.get("n_neighbors_"), least=1)
    require(neighbours < count == model.get("n_samples_fit_"))
    require(model.get("effective_metric_") in (_METRICS if method == "brute" else _TREE_METRICS))
    parameters = model.get("effective_metric_params_")
    require(isinstance(parameters, dict) and set(parameters) <= {"p", "w"})
    require(number(parameters.get("p", 2)) >= 1 and parameters.get("w") is None)
    require(model.get("metric") in _METRICS and model.get("metric_params") is None)
    require(1 <= natural(model.get("leaf_size")) <= 1_000_000)
    array(model.get("_distances_fit_X_"), (count, neighbours))
    require((array(model.get("_lrd"), (count,)) > 0).all())
    array(model.get("negative_outlier_factor_"), (count,))
    number(model.get("offset_"))


def _one_class_svm(model: PlainObject) -> None:
    require(model.get("kernel") in _KERNELS and model.get("_sparse") is False)
    require(number(model.get("_gamma")) >= 0)
    number(model.get("coef0"))
    natural(model.get("degree"))
    vectors = array(model.get("support_vectors_"), (None, _width(model)))
    count = len(vectors)
    require(count > 0 and vectors.dtype == np.float64)
    for name in ("dual_coef_", "_dual_coef_"):
        require(array(model.get(name), (1, count)).dtype == np.float64)
    for name in ("intercept_", "_intercept_"):
        require(array(model.get(name), (1,)).dtype == np.float64)
    support = array(model.get("support_"), (count,), kinds="i")
    shape = model.get("shape_fit_")
    require(isinstance(shape, tuple) and len(shape) == 2 and shape[1] == _width(model))
    require(support.dtype == np.int32 and support.min() >= 0 and support.max() < natural(shape[0]))
    sizes = array(model.get("_n_support"), (None,), kinds="i")
    require(sizes.dtype == np.int32 and len(sizes) in (1, 2) and sizes[0] == count)
    for name in ("_probA", "_probB"):
        array(model.get(name), (0,))
    require(model.get("fit_status_") == 0)
    _offset(model)


def _sgd(model: PlainObject) -> None:
    array(model.get("coef_"), (_width(model),))
    _offset(model)


def _elliptic(model: PlainObject) -> None:
    width = _width(model)
    array(model.get("location_"), (width,))
    for name in ("covariance_", "precision_"):
        array(model.get(name), (width, width))
    number(model.get("offset_"))


def _standard(scaler: PlainObject) -> None:
    _column(scaler, "mean_", needed=bool(scaler.get("with_mean")))
    _positive(scaler, "scale_", needed=bool(scaler.get("with_std")))


def _min_max(scaler: PlainObject) -> None:
    _column(scaler, "min_")
    _positive(scaler, "scale_")
    low, high = scaler.attributes["feature_range"]
    require(number(low) < number(high))


def _max_abs(scaler: PlainObject) -> None:
    _positive(scaler, "scale_")


def _robust(scaler: PlainObject) -> None:
    _column(scaler, "center_", needed=bool(scaler.get("with_centering")))
    _positive(scaler, "scale_", needed=bool(scaler.get("with_scaling")))


def _imputer(imputer: PlainObject) -> None:
    """Only the form that keeps the columns: every column has a statistic, and no indicators are added."""
    array(imputer.get("statistics_"), (_width(imputer),))
    require(imputer.get("indicator_") is None and imputer.get("add_indicator") is False)
    missing = imputer.get("missing_values")
    require(isinstance(missing, float) and np.isnan(missing))


CHECKS: dict[str, Callable[[PlainObject], None]] = {
    "LocalOutlierFactor": _lof,
    "OneClassSVM": _one_class_svm,
    "SGDOneClassSVM": _sgd,
    "EllipticEnvelope": _elliptic,
    "StandardScaler": _standard,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": _max_abs,
    "RobustScaler": _robust,
    "SimpleImputer": _imputer,
}


def _width(estimator: PlainObject) -> int:
    return natural(estimator.get("n_features_in_"), least=1)


def _offset(model: PlainObject) -> None:
    """These two keep their offset as an array of one."""
    offset: Any = model.get("offset_")
    if isinstance(offset, np.ndarray):
        array(offset, (1,))
    else:
        number(offset)


def _column(scaler: PlainObject, name: str, *, needed: bool = True) -> None:
    values = scaler.get(name)
    if needed or values is not None:
        array(values, (_width(scaler),))


def _positive(scaler: PlainObject, name: str, *, needed: bool = True) -> None:
    _column(scaler, name, needed=needed)
    if scaler.get(name) is not None:
        require((scaler.get(name) > 0).all())
