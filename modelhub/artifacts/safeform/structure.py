"""Structural truth of a model's arrays: what must hold before native code may follow them.

scikit-learn indexes into these arrays without looking. Allowed types alone still gave crashes,
endless loops and silently wrong scores, and a trial run does not replace these checks: one bad
index crashed in one run and answered a plausible score in the next.
"""

from typing import Any

from modelhub.artifacts.safeform import forest_checks, table_checks
from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.artifacts.safeform.detector_checks import CHECKS
from modelhub.artifacts.safeform.faults import StructureFault, require
from modelhub.artifacts.safeform.tables import ForestTables
from modelhub.artifacts.safeform.trusted import DETECTORS, TRANSFORMERS
from modelhub.errors import Code, PackageRefused


def check(content: dict[str, Any]) -> None:
    """Pass if model and scaler of an archive are whole.

    Raises PackageRefused: ``model_structure``, or ``model_not_usable`` where the objects are not a
    detector and a scaler.
    """
    for subject, expected in (("model", DETECTORS), ("scaler", TRANSFORMERS)):
        estimator = content[subject]
        if estimator is None and subject == "scaler":
            continue
        if not isinstance(estimator, PlainObject) or last_step(estimator).kind not in expected:
            raise PackageRefused(
                Code.MODEL_NOT_USABLE,
                f"The {subject} is not of a supported kind ({', '.join(expected)}). "
                "Train one of these and export the package again.",
            )
        try:
            for step in steps(estimator):
                _check_one(step)
                require(step.get("n_features_in_") == steps(estimator)[0].get("n_features_in_"))
        except (StructureFault, TypeError, ValueError, KeyError, OverflowError) as error:
            raise _refusal(subject) from error


def check_tables(tables: ForestTables) -> None:
    """Pass if the flat form of a forest is whole. Raises PackageRefused ``model_structure``."""
    try:
        table_checks.check(tables)
    except (StructureFault, TypeError, ValueError, OverflowError) as error:
        raise _refusal("model") from error


def steps(estimator: PlainObject) -> list[PlainObject]:
    """The estimator itself, or the steps of a pipeline in order."""
    if estimator.kind != "Pipeline":
        return [estimator]
    named = estimator.get("steps")
    if not isinstance(named, list) or not named or estimator.get("memory") is not None:
        raise _refusal("model")
    found = [step[1] for step in named if isinstance(step, tuple) and len(step) == 2]
    if len(found) != len(named) or not all(isinstance(step, PlainObject) for step in found):
        raise _refusal("model")
    if any(step.kind not in TRANSFORMERS for step in found[:-1]):
        raise _refusal("model")
    return found


def last_step(estimator: PlainObject) -> PlainObject:
    """The estimator that answers: the last step of a pipeline, or the estimator itself."""
    return steps(estimator)[-1]


def _check_one(estimator: PlainObject) -> None:
    if estimator.kind == "IsolationForest":
        forest_checks.check(estimator)
    else:
        CHECKS[estimator.kind](estimator)


def _refusal(subject: str) -> PackageRefused:
    return PackageRefused(
        Code.MODEL_STRUCTURE,
        f"The arrays inside the {subject} contradict each other, so scoring with it could crash or "
        "mislead. Export the package again from a fresh training.",
    )
