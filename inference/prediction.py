"""Feature rows of a Python caller, scored and counted as a request is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inference import observing, pipeline, scoring
from inference.intake.rows import matrix_of
from inference.pipeline import ScoredBatch
from inference.runtimes.contract import Matrix
from inference.serving.slots import Slot
from modelhub.errors import Code, InputInvalid


@dataclass(frozen=True, slots=True)
class Prediction:
    """A scored batch, and float64 (n, 2) probabilities of normal and anomaly, rows summing to 1."""

    batch: ScoredBatch
    probabilities: Matrix


def predict(slot: Slot, features: npt.ArrayLike) -> Prediction:
    """The unscaled rows (n, n_features) scored by the slot's version, integers and lists included.

    Raises InputInvalid: ``features_invalid`` for another width or anything but numbers,
    ``features_not_finite`` for NaN, infinity and numbers too large.
    """
    with observing.scoring(slot) as scored:
        names, spread = slot.model.feature_names, slot.model.runtime.spread
        matrix = matrix_of(_as_lists(features), names, scale=spread)
        batch = scored.done(pipeline.score_features(slot.model, matrix))
    anomaly = scoring.anomaly_probability(batch.scores, slot.model.calibration)
    return Prediction(batch, np.column_stack([1.0 - anomaly, anomaly]))


def _as_lists(features: npt.ArrayLike) -> Sequence[Any]:
    """Rows as lists of plain numbers; what is no table of numbers is left for the rows' own refusal."""
    try:
        table = np.asarray(features)
    except ValueError:  # rows of different widths
        table = np.empty(0, dtype=object)
    if table.ndim == 2 and table.dtype.kind in "iuf":
        rows: list[list[float]] = table.tolist()
        return rows
    if isinstance(features, list) and features and isinstance(features[0], list):
        return features
    raise InputInvalid(
        Code.FEATURES_INVALID, "Give the features as a table of numbers: one row for each thing to predict."
    )
