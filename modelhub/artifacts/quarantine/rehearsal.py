"""Go once through everything the locked child will do, on data of our own, so that all is imported.

Python and scikit-learn import lazily (codecs, solvers, thread control); after the lock-down no file
can be opened any more, so a first use there would fail.
"""

import importlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from modelhub.artifacts.quarantine import probes
from modelhub.artifacts.safeform import archive, estimators, packing, structure
from modelhub.artifacts.safeform.trusted import DETECTORS, ESTIMATORS, TRANSFORMERS

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "IsolationForest": {"n_estimators": 2, "max_samples": 4},
    "LocalOutlierFactor": {"n_neighbors": 2, "novelty": True, "algorithm": "kd_tree"},
}


def rehearse(kinds: Sequence[str]) -> None:
    """Fit, pack, read, check and score one small estimator of each of these classes."""
    data = np.random.default_rng(0).standard_normal((12, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scalers = [_fitted(kind, data) for kind in kinds if kind in TRANSFORMERS]
        for scaler in scalers or [_fitted("StandardScaler", data)]:
            for kind in [kind for kind in kinds if kind in DETECTORS] or ["SGDOneClassSVM"]:
                _once(_fitted(kind, data), scaler)


def _once(model: Any, scaler: Any) -> None:
    search_tree = vars(model).pop("_tree", None)
    if search_tree is not None:
        model._tree = None
    vars(model).pop("_loss_function_", None)
    structure.check(archive.read(packing.pack(model, scaler)))
    estimators.restore_search_trees(model)
    model.score_samples(scaler.transform(probes.rows(model, scaler)))


def _fitted(kind: str, data: Any) -> Any:
    estimator = getattr(importlib.import_module(ESTIMATORS[kind]), kind)(**_ARGUMENTS.get(kind, {}))
    return estimator.fit(data)
