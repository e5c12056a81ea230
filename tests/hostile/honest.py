"""Honest fitted models of every supported kind, with the scaler in front of them or None."""

from typing import Any

import numpy as np
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import SGDOneClassSVM
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import OneClassSVM

ROWS = np.random.default_rng(11).standard_normal((120, 4)) * [1, 10, 100, 0.1] + 5

_DETECTORS: dict[str, Any] = {
    "forest": lambda: IsolationForest(n_estimators=10, random_state=0),
    "forest-contamination": lambda: IsolationForest(n_estimators=5, contamination=0.1, n_jobs=-1),
    "forest-subset": lambda: IsolationForest(n_estimators=6, max_features=0.5, random_state=1),
    "forest-bootstrap": lambda: IsolationForest(n_estimators=5, max_samples=0.5, bootstrap=True),
    "forest-tiny": lambda: IsolationForest(n_estimators=4, max_samples=2, random_state=2),
    "forest-random-state": lambda: IsolationForest(n_estimators=3, random_state=np.random.RandomState(1)),
    "lof": lambda: LocalOutlierFactor(novelty=True),
    "lof-brute": lambda: LocalOutlierFactor(novelty=True, algorithm="brute", metric="cosine"),
    "lof-ball": lambda: LocalOutlierFactor(novelty=True, algorithm="ball_tree", metric="manhattan"),
    "lof-kd": lambda: LocalOutlierFactor(novelty=True, algorithm="kd_tree", leaf_size=5, n_jobs=2),
    "lof-minkowski": lambda: LocalOutlierFactor(novelty=True, p=3, n_neighbors=7),
    "lof-chebyshev": lambda: LocalOutlierFactor(novelty=True, metric="chebyshev"),
    "svm": lambda: OneClassSVM(),
    "svm-linear": lambda: OneClassSVM(kernel="linear", nu=0.2),
    "svm-poly": lambda: OneClassSVM(kernel="poly", degree=2),
    "svm-sigmoid": lambda: OneClassSVM(kernel="sigmoid", gamma=0.1),
    "sgd": lambda: SGDOneClassSVM(random_state=0),
    "sgd-average": lambda: SGDOneClassSVM(random_state=0, average=True),
    "envelope": lambda: EllipticEnvelope(random_state=0),
    "envelope-centered": lambda: EllipticEnvelope(random_state=0, assume_centered=True),
    "pipeline-svm": lambda: make_pipeline(SimpleImputer(), StandardScaler(), OneClassSVM()),
    "pipeline-flat": lambda: make_pipeline(StandardScaler(), IsolationForest(n_estimators=5, random_state=4)),
    "pipeline-forest": lambda: make_pipeline(RobustScaler(), IsolationForest(n_estimators=3)),
}
_SCALERS: dict[str, Any] = {
    "standard": lambda: StandardScaler(),
    "standard-no-mean": lambda: StandardScaler(with_mean=False),
    "standard-no-scale": lambda: StandardScaler(with_std=False),
    "minmax": lambda: MinMaxScaler(),
    "maxabs": lambda: MaxAbsScaler(),
    "robust": lambda: RobustScaler(),
    "imputer": lambda: SimpleImputer(),
    "pipeline": lambda: make_pipeline(SimpleImputer(), StandardScaler()),
}
NAMES = (
    *(f"{name}+standard" for name in _DETECTORS),
    *(f"forest+{name}" for name in _SCALERS),
    "forest+none",
    "pipeline-flat+none",
)


def pair(name: str) -> tuple[Any, Any]:
    """The fitted (detector, scaler) of a name ``detector+scaler``."""
    detector, _, scaling = name.partition("+")
    scaler = None if scaling == "none" else _SCALERS[scaling]().fit(ROWS)
    model = _DETECTORS[detector]()
    return model.fit(ROWS if scaler is None else scaler.transform(ROWS)), scaler
