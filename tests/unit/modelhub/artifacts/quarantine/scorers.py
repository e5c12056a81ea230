"""A scorer for probe children that depends on nothing but the safe forms themselves."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from modelhub.artifacts.safeform import estimators, reference, tables
from modelhub.artifacts.types import Role

FloatArray = npt.NDArray[np.float64]


def score_safe_form(blobs: Mapping[Role, bytes], features: FloatArray) -> FloatArray:
    """Forest tables by the numpy reference, everything else by scikit-learn."""
    if Role.FOREST_TABLES in blobs:
        return reference.score(tables.parse(blobs[Role.FOREST_TABLES]), features)
    loaded = estimators.load(blobs[Role.ESTIMATORS])
    scaled = features if loaded.scaler is None else loaded.scaler.transform(features)
    return np.asarray(-loaded.model.score_samples(scaled), dtype=np.float64)
