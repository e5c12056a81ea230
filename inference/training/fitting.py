"""Fitting a scaler and a novelty detector, and the threshold above which a training row is unusual."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from inference.features.contract import Matrix

Scores = npt.NDArray[np.float64]


class Algorithm(StrEnum):
    """The detectors that can be trained; all score rows that they have not seen."""

    ISOLATION_FOREST = "isolation_forest"
    LOCAL_OUTLIER_FACTOR = "local_outlier_factor"
    ONE_CLASS_SVM = "one_class_svm"


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What the caller decides. ``contamination`` is the share of training rows that become anomalies."""

    algorithm: Algorithm = Algorithm.ISOLATION_FOREST
    contamination: float = 0.1
    trees: int = 100
    seed: int = 42


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A fitted pair with its training rows (float64, unscaled), their scores and the threshold.

    ``scores`` float64 (n,), higher = more anomalous; a row is an anomaly above ``threshold``, strictly.
    """

    detector: Any
    scaler: StandardScaler
    feature_names: tuple[str, ...]
    features: Matrix
    scores: Scores
    threshold: float
    settings: FitSettings
    fit_s: float


def fit(features: Matrix, names: Sequence[str], *, settings: FitSettings) -> FittedModel:
    """Fit on finite rows, float64 (n, n_features) with columns ``names``.

    The threshold is the (1 - contamination) quantile of the training scores, linear interpolation.
    """
    scaler = StandardScaler().fit(features)
    scaled = scaler.transform(features)
    detector = _detector(settings, len(features))
    started = time.perf_counter()
    detector.fit(scaled)
    fit_s = time.perf_counter() - started
    scores = -detector.score_samples(scaled)
    # What fitting on a data frame leaves behind, without needing pandas: the importer checks the column
    # order of a package against it. Set last, because a scaler with names warns about plain arrays.
    scaler.feature_names_in_ = np.array(names, dtype=object)
    return FittedModel(
        detector=detector,
        scaler=scaler,
        feature_names=tuple(names),
        features=features,
        scores=scores,
        threshold=float(np.percentile(scores, 100.0 * (1.0 - settings.contamination))),
        settings=settings,
        fit_s=fit_s,
    )


def _detector(settings: FitSettings, n_rows: int) -> Any:
    match settings.algorithm:
        case Algorithm.ISOLATION_FOREST:
            return IsolationForest(
                n_estimators=settings.trees,
                contamination=settings.contamination,
                random_state=settings.seed,
            )
        case Algorithm.LOCAL_OUTLIER_FACTOR:
            # novelty=False, the library's default, can only judge its own training rows.
            neighbours = max(1, min(20, n_rows - 1))
            return LocalOutlierFactor(
                n_neighbors=neighbours, contamination=settings.contamination, novelty=True
            )
        case Algorithm.ONE_CLASS_SVM:
            return OneClassSVM(nu=settings.contamination, gamma="scale")
