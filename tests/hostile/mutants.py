"""Fitted models of allowed types whose arrays were changed: loading them is easy, using them is not."""

import io
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import SGDOneClassSVM
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import OneClassSVM

ROWS = np.random.default_rng(7).standard_normal((40, 3))
Change = Callable[[Any], None]


class _Forged:
    """A tree that pickles as scikit-learn's, with node arrays of our choice."""

    def __init__(self, tree: Any, change: Change) -> None:
        self._tree = tree
        self._change = change

    def __reduce__(self) -> Any:
        make, arguments, state = self._tree.__reduce__()
        state = {key: item.copy() if hasattr(item, "copy") else item for key, item in state.items()}
        self._change(state)
        return make, arguments, state


def forest(change: Change) -> bytes:
    """A forest whose second tree's pickled state was changed."""
    model = IsolationForest(n_estimators=3, max_samples=16, random_state=0).fit(ROWS)
    tree = model.estimators_[1]
    forged = _Forged(tree.tree_, change)
    tree.tree_ = forged
    return _dumped(model)


def changed(model: Any, **attributes: Any) -> bytes:
    """A fitted model with attributes replaced; a callable gets the old value."""
    model.fit(ROWS)
    for name, content in attributes.items():
        setattr(model, name, content(getattr(model, name)) if callable(content) else content)
    return _dumped(model)


def _dumped(model: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    return buffer.getvalue()


def _node(field: str, content: Any, index: int = 0) -> Change:
    def change(state: Any) -> None:
        state["nodes"][field][index] = content

    return change


def _cycle(state: Any) -> None:
    child = state["nodes"]["left_child"][0]
    state["nodes"]["left_child"][child] = 0
    state["nodes"]["right_child"][child] = 0


def _shared(state: Any) -> None:
    state["nodes"]["right_child"][0] = state["nodes"]["left_child"][0]


def _claimed(count: int) -> Change:
    def change(state: Any) -> None:
        state["node_count"] = count

    return change


def _values(state: Any) -> None:
    state["values"] = state["values"][:-1]


def _lof(**attributes: Any) -> bytes:
    return changed(LocalOutlierFactor(n_neighbors=5, novelty=True), **attributes)


def _svm(**attributes: Any) -> bytes:
    return changed(OneClassSVM(), **attributes)


def _spoilt(array: Any) -> Any:
    array = array.copy()
    array.flat[0] = np.nan
    return array


MODELS: dict[str, Callable[[], bytes]] = {
    "tree-child-beyond-end": lambda: forest(_node("left_child", 10**6)),
    "tree-child-negative": lambda: forest(_node("right_child", -7)),
    "tree-child-is-root": lambda: forest(_node("left_child", 0)),
    "tree-cycle": lambda: forest(_cycle),
    "tree-shared-child": lambda: forest(_shared),
    "tree-half-leaf": lambda: forest(_node("left_child", -1)),
    "tree-threshold-nan": lambda: forest(_node("threshold", np.nan)),
    "tree-threshold-infinite": lambda: forest(_node("threshold", np.inf)),
    "tree-feature-beyond-end": lambda: forest(_node("feature", 3)),
    "tree-feature-negative": lambda: forest(_node("feature", -2)),
    "tree-more-nodes-claimed": lambda: forest(_claimed(10**6)),
    "tree-fewer-nodes-claimed": lambda: forest(_claimed(1)),
    "tree-no-nodes": lambda: forest(_claimed(0)),
    "tree-values-short": lambda: forest(_values),
    "forest-subset-beyond-end": lambda: changed(
        IsolationForest(n_estimators=2, max_features=0.7),
        estimators_features_=lambda old: [old[0] + 9, old[1]],
    ),
    "forest-offset-nan": lambda: changed(IsolationForest(n_estimators=2), offset_=float("nan")),
    "forest-samples-one": lambda: changed(IsolationForest(n_estimators=2), _max_samples=1),
    "forest-empty": lambda: changed(IsolationForest(n_estimators=2), estimators_=[], estimators_features_=[]),
    "lof-rows-empty": lambda: _lof(_fit_X=np.zeros((0, 3))),
    "lof-rows-nan": lambda: _lof(_fit_X=_spoilt),
    "lof-rows-narrow": lambda: _lof(_fit_X=lambda old: old[:, :2].copy()),
    "lof-neighbours-too-many": lambda: _lof(n_neighbors_=40),
    "lof-density-short": lambda: _lof(_lrd=lambda old: old[:3]),
    "lof-distances-short": lambda: _lof(_distances_fit_X_=lambda old: old[:, :1]),
    "lof-metric-precomputed": lambda: _lof(effective_metric_="precomputed"),
    "svm-vectors-short": lambda: _svm(support_vectors_=lambda old: old[:1]),
    "svm-vectors-nan": lambda: _svm(support_vectors_=_spoilt),
    "svm-counts-lie": lambda: _svm(_n_support=lambda old: (old + 10**6).astype(np.int32)),
    "svm-support-beyond-end": lambda: _svm(support_=lambda old: (old + 10**6).astype(np.int32)),
    "svm-duals-short": lambda: _svm(_dual_coef_=lambda old: old[:, :1]),
    "svm-gamma-nan": lambda: _svm(_gamma=float("nan")),
    "svm-kernel-precomputed": lambda: _svm(kernel="precomputed"),
    "svm-vectors-of-integers": lambda: _svm(support_vectors_=lambda old: old.astype(np.int64)),
    "envelope-precision-narrow": lambda: changed(EllipticEnvelope(), precision_=lambda old: old[:2]),
    "envelope-location-nan": lambda: changed(EllipticEnvelope(), location_=_spoilt),
    "sgd-weights-short": lambda: changed(SGDOneClassSVM(), coef_=lambda old: old[:1]),
    "sgd-offset-nan": lambda: changed(SGDOneClassSVM(), offset_=np.array([np.nan])),
}

SCALERS: dict[str, Callable[[], bytes]] = {
    "scale-zero": lambda: changed(StandardScaler(), scale_=lambda old: old * 0),
    "scale-nan": lambda: changed(StandardScaler(), scale_=_spoilt),
    "scale-negative": lambda: changed(RobustScaler(), scale_=lambda old: -old),
    "mean-short": lambda: changed(StandardScaler(), mean_=lambda old: old[:2]),
    "min-infinite": lambda: changed(MinMaxScaler(), min_=lambda old: old + np.inf),
}
