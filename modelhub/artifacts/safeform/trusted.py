"""The estimator classes that have a safe form: class name to the module it lives in."""

from typing import Final

DETECTORS: Final[dict[str, str]] = {
    "IsolationForest": "sklearn.ensemble._iforest",
    "LocalOutlierFactor": "sklearn.neighbors._lof",
    "OneClassSVM": "sklearn.svm._classes",
    "SGDOneClassSVM": "sklearn.linear_model._stochastic_gradient",
    "EllipticEnvelope": "sklearn.covariance._elliptic_envelope",
}
TRANSFORMERS: Final[dict[str, str]] = {
    "StandardScaler": "sklearn.preprocessing._data",
    "MinMaxScaler": "sklearn.preprocessing._data",
    "MaxAbsScaler": "sklearn.preprocessing._data",
    "RobustScaler": "sklearn.preprocessing._data",
    "SimpleImputer": "sklearn.impute._base",
}
PIPELINE: Final[dict[str, str]] = {"Pipeline": "sklearn.pipeline"}
TREES: Final[dict[str, str]] = {"ExtraTreeRegressor": "sklearn.tree._classes"}
ESTIMATORS: Final[dict[str, str]] = DETECTORS | TRANSFORMERS | PIPELINE | TREES
TREE_STATE: Final[tuple[str, str]] = ("sklearn.tree._tree", "Tree")
