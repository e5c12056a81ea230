"""Model, scaler and metadata must mean the same columns in the same order."""

from typing import Any

from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.artifacts.safeform.structure import steps
from modelhub.errors import Code, PackageRefused


def agreed_names(
    model: PlainObject, scaler: PlainObject | None, declared: tuple[str, ...]
) -> tuple[str, ...]:
    """The column names all sides agree on; those known to the estimators where none are declared.

    Raises PackageRefused feature_mismatch, naming the first difference.
    """
    width = n_features(model)
    agreed, owner = declared, "metadata"
    if declared and len(declared) != width:
        raise _mismatch(f"The metadata declares {len(declared)} features, the model was fitted on {width}.")
    for subject, estimator in (("scaler", scaler), ("model", model)):
        if estimator is None:
            continue
        if n_features(estimator) != width:
            raise _mismatch(
                f"The scaler was fitted on {n_features(estimator)} features, the model on {width}."
            )
        known = _names(estimator, width)
        if known and agreed and known != agreed:
            raise _mismatch(_first_difference(known, agreed, subject, owner))
        if known and not agreed:
            agreed, owner = known, subject
    return agreed


def n_features(estimator: PlainObject) -> int:
    """How many columns the estimator takes (a pipeline: its first step)."""
    return int(steps(estimator)[0].get("n_features_in_"))


def _names(estimator: PlainObject, width: int) -> tuple[str, ...]:
    names: Any = steps(estimator)[0].get("feature_names_in_")
    if names is None:
        return ()
    found = tuple(names.tolist())
    if len(found) != width or not all(isinstance(name, str) for name in found):
        raise _mismatch("The feature names inside the model file are not a list of texts, one per column.")
    return found


def _first_difference(known: tuple[str, ...], agreed: tuple[str, ...], subject: str, owner: str) -> str:
    place = next(i for i, (ours, theirs) in enumerate(zip(known, agreed, strict=True)) if ours != theirs)
    return (
        f"The {owner} names column {place + 1} {_shown(agreed[place])}, "
        f"the {subject} was fitted with {_shown(known[place])} there."
    )


def _shown(name: str) -> str:
    return ascii(name[:60])


def _mismatch(what: str) -> PackageRefused:
    return PackageRefused(
        Code.FEATURE_MISMATCH, f"{what} Export model, scaler and metadata of one training run together."
    )
