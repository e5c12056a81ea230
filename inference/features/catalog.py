"""All feature sets by name; a new one is registered here and nowhere else."""

from collections.abc import Sequence

from inference.features.contract import FeatureSet
from inference.features.training_service_v1 import TrainingServiceV1
from modelhub.errors import Code, NotFound

_FEATURE_SETS: tuple[FeatureSet, ...] = (TrainingServiceV1(),)


def all_feature_sets() -> tuple[FeatureSet, ...]:
    """Every feature set this release ships."""
    return _FEATURE_SETS


def get(name: str) -> FeatureSet:
    """The feature set of that name.

    Raises:
        NotFound: nothing goes by ``name``.
    """
    for feature_set in _FEATURE_SETS:
        if feature_set.name == name:
            return feature_set
    known = ", ".join(feature_set.name for feature_set in _FEATURE_SETS)
    raise NotFound(Code.NOT_FOUND, f"There is no feature set {name!r}. Known: {known}.")


def identify(names: Sequence[str]) -> str:
    """Name of the feature set whose columns are exactly ``names`` in that order, else ``""``."""
    wanted = tuple(names)
    for feature_set in _FEATURE_SETS:
        if feature_set.names == wanted:
            return feature_set.name
    return ""


def calendar_features(name: str) -> frozenset[str]:
    """The columns of the feature set called ``name`` that only tell the time of the clock; none for others.

    They differ between any two windows of the day, so they say nothing about drift.
    """
    known = {feature_set.name: feature_set.calendar for feature_set in _FEATURE_SETS}
    return known.get(name, frozenset())
