"""From records or feature rows to scores with one version, without any state."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
import numpy.typing as npt

from inference import faults
from inference.features.contract import FeatureSet
from inference.features.missing import fill_missing
from inference.judging import Judge
from inference.records import LogRecord, time_order
from inference.runtimes.contract import Matrix, Runtime, Scores
from inference.runtimes.kernel import binding
from modelhub.artifacts.calibration import Calibration
from modelhub.errors import Code, FieldError, InputInvalid

_MAX_FIELD_ERRORS = 20


@dataclass(frozen=True)
class ScoringModel:
    """Everything one version needs to score, swapped as one reference.

    ``reference`` is its name for people (``NAME:LABEL``), ``digest`` the content, ``generation`` the
    serving decision it was loaded for. ``feature_set`` is None where no shipped one has these columns:
    then feature rows can be scored, log records cannot. ``threshold`` is in score space, ``offset``
    scikit-learn's ``offset_``.
    """

    reference: str
    digest: str
    generation: int
    runtime: Runtime
    feature_set: FeatureSet | None
    feature_names: tuple[str, ...]
    threshold: float
    offset: float
    calibration: Calibration

    @cached_property
    def largest(self) -> float:
        """Feature values below this magnitude surely are not too large to be scored."""
        return faults.surely_fits(self.runtime.spread)

    @cached_property
    def judge(self) -> Judge:
        """What this version's scores mean."""
        kernel = binding.present()
        return Judge(self.calibration, threshold=self.threshold, offset=self.offset, kernel=kernel)


class ScoredBatch(msgspec.Struct, frozen=True):
    """Results in input order: element i belongs to record or row i.

    ``features`` float64 (n, n_features) as scored, unscaled; ``scores`` float64 (n,), higher = more
    anomalous; ``severities`` 0..100; ``verdicts`` True = anomaly, ``anomalies`` of them; ``predictions`` -1
    anomaly, +1 normal; ``imputed`` names the columns missing in the whole batch, which were scored at their
    training mean; ``features_s`` seconds spent on computing features.
    """

    features: Matrix
    scores: Scores
    severities: Scores
    verdicts: npt.NDArray[np.bool_]
    predictions: npt.NDArray[np.int64]
    anomalies: int
    imputed: tuple[str, ...] = ()
    features_s: float = 0.0


def score_records(model: ScoringModel, records: Sequence[LogRecord]) -> ScoredBatch:
    """Scores of the records as one batch: features depend on which records are scored together.

    The batch is put in time order first (records without a time last, ties as given), so the order of
    sending does not matter. Missing values take the batch's median of their column.

    Raises:
        InputInvalid: ``features_invalid`` where the version cannot read log records,
            ``features_not_finite`` where a column is missing throughout and nothing can stand in.
    """
    if model.feature_set is None:
        raise InputInvalid(
            Code.FEATURES_INVALID,
            f"{model.reference} was trained on columns that cannot be computed from log records here. "
            "Send feature rows to /models/predict instead.",
        )
    if not records:
        return score_features(model, np.empty((0, len(model.feature_names))))
    started = time.perf_counter()
    order = time_order(records)
    extracted = np.empty((len(records), len(model.feature_set.names)))
    extracted[order] = model.feature_set.extract([records[i] for i in order])
    features, imputed = _impute(model, fill_missing(extracted))
    features_s = time.perf_counter() - started
    return msgspec.structs.replace(_scored(model, features, imputed), features_s=features_s)


def score_features(model: ScoringModel, matrix: Matrix, *, are_finite: bool = False) -> ScoredBatch:
    """Scores of unscaled feature rows, float64 (n, n_features), columns in the version's order.

    ``are_finite`` says that every value is known to be, which is then not looked at again.

    Raises:
        InputInvalid: ``features_invalid`` for another number of columns,
            ``features_not_finite`` for NaN or infinity, naming row and column.
    """
    if matrix.ndim != 2 or matrix.shape[1] != len(model.feature_names):
        found = matrix.shape[1] if matrix.ndim == 2 else 0
        raise InputInvalid(
            Code.FEATURES_INVALID,
            f"{model.reference} needs {len(model.feature_names)} features per row, not {found}. "
            "GET /models/current lists their names in order.",
        )
    return _scored(model, np.ascontiguousarray(matrix, np.float64), (), are_finite=are_finite)


def _impute(model: ScoringModel, features: Matrix) -> tuple[Matrix, tuple[str, ...]]:
    absent = np.isnan(features).all(axis=0)
    center = model.runtime.center
    if center is None or not absent.any():
        return features, ()
    features[:, absent] = center[absent]
    return features, tuple(model.feature_names[column] for column in np.flatnonzero(absent))


def _scored(
    model: ScoringModel, features: Matrix, imputed: tuple[str, ...], *, are_finite: bool = False
) -> ScoredBatch:
    # Only a bad batch pays for finding where.
    if not (are_finite or np.isfinite(features).all()):
        raise _not_finite(model, features)
    scores = faults.guarded_scores(model.runtime, features, reference=model.reference)
    judged = model.judge(scores)
    if judged is None:
        faults.refuse_non_finite(model.runtime, features, scores, reference=model.reference)
    return ScoredBatch(features, scores, *judged, imputed=imputed)


def _not_finite(model: ScoringModel, features: Matrix) -> InputInvalid:
    places = np.argwhere(~np.isfinite(features))
    row, column = places[0]
    errors = tuple(
        FieldError(
            f"/features/{r}/{c}",
            f"{model.feature_names[c]} is not a finite number.",
            Code.FEATURES_NOT_FINITE,
        )
        for r, c in places[:_MAX_FIELD_ERRORS]
    )
    return InputInvalid(
        Code.FEATURES_NOT_FINITE,
        f"Row {row}, column {model.feature_names[column]} is not a finite number; "
        f"{len(places)} such values in all. Send finite numbers only.",
        errors=errors,
    )
