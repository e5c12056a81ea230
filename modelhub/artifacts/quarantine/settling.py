"""Make loaded estimators fit for a safe form: check what they are, drop what scoring does not need."""

from typing import Any

import numpy as np
from sklearn.tree._tree import Tree

from modelhub.artifacts.quarantine.loader import Native
from modelhub.artifacts.quarantine.refusal import Reason, Refused
from modelhub.artifacts.safeform.faults import StructureFault
from modelhub.artifacts.safeform.forest_checks import check_tree
from modelhub.artifacts.safeform.paths import average_path_length, depths
from modelhub.artifacts.safeform.trusted import DETECTORS, TRANSFORMERS


def settle_model(model: Any) -> Any:
    """The detector (or pipeline ending in one), fitted, single-threaded, with checked native state.

    Raises Refused: not_a_detector, not_fitted, no_novelty, structure.
    """
    steps = _steps(model, Reason.NOT_A_DETECTOR)
    if _kind(steps[-1]) not in DETECTORS:
        raise Refused(Reason.NOT_A_DETECTOR)
    if any(_kind(step) not in TRANSFORMERS for step in steps[:-1]):
        raise Refused(Reason.ARTEFACT_TYPE)
    for step in steps:
        _settle(step)
    return _settled_pipeline(model)


def settle_scaler(scaler: Any) -> Any:
    """The scaler (or pipeline of scalers), fitted. Raises Refused: not_a_scaler, not_fitted."""
    steps = _steps(scaler, Reason.NOT_A_SCALER)
    if any(_kind(step) not in TRANSFORMERS for step in steps):
        raise Refused(Reason.NOT_A_SCALER)
    for step in steps:
        _settle(step)
    return _settled_pipeline(scaler)


def _kind(estimator: Any) -> str:
    return type(estimator).__name__


def _steps(estimator: Any, otherwise: Reason) -> list[Any]:
    if _kind(estimator) != "Pipeline":
        return [estimator]
    named = vars(estimator).get("steps")
    if not isinstance(named, list) or not named:
        raise Refused(otherwise)
    if not all(isinstance(step, tuple) and len(step) == 2 for step in named):
        raise Refused(otherwise)
    return [step for _, step in named]


def _settled_pipeline(estimator: Any) -> Any:
    if _kind(estimator) == "Pipeline":
        estimator.memory, estimator.verbose = None, False
    return estimator


def _settle(estimator: Any) -> None:
    state = vars(estimator)
    if "n_features_in_" not in state or (_kind(estimator) in DETECTORS and "offset_" not in state):
        raise Refused(Reason.NOT_FITTED)
    for name in ("_loss_function_", "loss_function_"):
        state.pop(name, None)
    # Threads cannot be made in the locked children and would fight in the workers; the random
    # state is spent after the fit.
    state |= {name: None for name in ("n_jobs", "random_state") if name in state}
    if _kind(estimator) == "IsolationForest":
        _settle_forest(estimator)
    if _kind(estimator) == "LocalOutlierFactor":
        if not state.get("novelty"):
            raise Refused(Reason.NO_NOVELTY)
        estimator._tree = None  # rebuilt from the training rows by whoever loads the safe form


def _settle_forest(forest: Any) -> None:
    try:
        paths, averages = [], []
        for tree in forest.estimators_:
            native = tree.tree_
            check_tree(native.arguments, native.state, n_features=forest._max_features)
            tree.tree_ = _restored(native)
            tree.random_state = None
            nodes = native.state["nodes"]
            paths.append(depths(nodes["left_child"], nodes["right_child"]) + 1)
            averages.append(average_path_length(nodes["n_node_samples"]))
    except (StructureFault, AttributeError, TypeError, ValueError, KeyError) as error:
        raise Refused(Reason.STRUCTURE) from error
    forest._decision_path_lengths, forest._average_path_length_per_tree = tuple(paths), tuple(averages)
    vars(forest).pop("estimator_", None)  # the unfitted template


def _restored(native: Native) -> Tree:
    n_features, n_classes, n_outputs = native.arguments
    tree = Tree(n_features, np.asarray(n_classes, dtype=np.intp), n_outputs)
    tree.__setstate__(native.state)
    return tree
