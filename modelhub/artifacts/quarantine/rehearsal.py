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

_NEIGHBOURS: dict[str, Any] = {"n_neighbors": 2, "novelty": True}
# Each variant takes another way through the library: `auto` means brute force above 15 columns, whose
# thread control reads /proc/self/maps at first use.
_VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "IsolationForest": ({"n_estimators": 2, "max_samples": 4},),
    "LocalOutlierFactor": (
        _NEIGHBOURS | {"algorithm": "kd_tree"},
        _NEIGHBOURS | {"algorithm": "brute"},
    ),
}


def rehearse(kinds: Sequence[str]) -> None:
    """Fit, pack, read, check and score a small estimator of each variant of each of these classes."""
    data = np.random.default_rng(0).standard_normal((12, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scalers = [scaler for kind in kinds if kind in TRANSFORMERS for scaler in _fitted(kind, data)]
        for scaler in scalers or _fitted("StandardScaler", data):
            for kind in [kind for kind in kinds if kind in DETECTORS] or ["SGDOneClassSVM"]:
                for model in _fitted(kind, data):
                    _once(model, scaler)


def _once(model: Any, scaler: Any) -> None:
    search_tree = vars(model).pop("_tree", None)
    if search_tree is not None:
        model._tree = None
    vars(model).pop("_loss_function_", None)
    structure.check(archive.read(packing.pack(model, scaler)))
    estimators.restore_search_trees(model)
    model.score_samples(scaler.transform(probes.rows(model, scaler)))


def _fitted(kind: str, data: Any) -> list[Any]:
    estimator = getattr(importlib.import_module(ESTIMATORS[kind]), kind)
    return [estimator(**arguments).fit(data) for arguments in _VARIANTS.get(kind, ({},))]
