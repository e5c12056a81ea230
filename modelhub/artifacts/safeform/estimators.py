"""The canonical safe form as live scikit-learn estimators, for those without a compiled form."""

import warnings
from dataclasses import dataclass
from typing import Any

from modelhub.artifacts.safeform import archive, structure
from modelhub.artifacts.safeform.trusted import ESTIMATORS, TREE_STATE
from modelhub.errors import Code, PackageRefused

# dtypes of imputers are not on skops' own list; everything else was narrowed by our reader already.
_TRUSTED = [
    *(f"{module}.{name}" for name, module in ESTIMATORS.items()),
    ".".join(TREE_STATE),
    "numpy.dtype",
]


@dataclass(frozen=True, slots=True)
class LoadedEstimators:
    """A detector and the scaler in front of it, or None; both scikit-learn objects."""

    model: Any
    scaler: Any


def load(data: bytes) -> LoadedEstimators:
    """The estimators of a .skops file of ours, ready to score on one thread.

    Types and arrays are checked on the plain form first, so native code only ever meets state that
    is whole; neighbour trees are rebuilt from the training rows. Raises PackageRefused
    (artefact_type, quarantine_protocol, model_structure, model_not_usable).
    """
    structure.check(archive.read(data))
    import skops.io  # here, because it takes a second and most processes serve forests without it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # version notes were taken when the package was imported
            content = skops.io.loads(data, trusted=_TRUSTED)
    except Exception as error:  # types and structure were right, so the state itself does not restore
        raise _unrestorable() from error
    for estimator in (content["model"], content["scaler"]):
        restore_search_trees(estimator)
    return LoadedEstimators(content["model"], content["scaler"])


def restore_search_trees(estimator: Any) -> None:
    """Give every LocalOutlierFactor inside its neighbour tree, built anew (same rows: equal to the bit)."""
    if type(estimator).__name__ == "Pipeline":
        for _, step in estimator.steps:
            restore_search_trees(step)
    if type(estimator).__name__ != "LocalOutlierFactor":
        return
    from sklearn.neighbors import BallTree, KDTree

    kind = {"kd_tree": KDTree, "ball_tree": BallTree}.get(estimator._fit_method)
    if kind is not None:
        estimator._tree = kind(
            estimator._fit_X,
            estimator.leaf_size,
            metric=estimator.effective_metric_,
            **estimator.effective_metric_params_,
        )


def _unrestorable() -> PackageRefused:
    return PackageRefused(
        Code.MODEL_STRUCTURE,
        "The safe form of the model cannot be restored. Import the package again from its source.",
    )
