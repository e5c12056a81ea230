"""What every runtime must do, whatever executes it."""

import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import OneClassSVM

from inference.runtimes import catalog
from inference.runtimes.contract import Runtime
from modelhub.artifacts.safeform import packing
from modelhub.artifacts.types import Role
from tests.fitted import Matrix, forest_blobs, training_rows


@dataclass(frozen=True)
class Case:
    """A runtime beside the estimators it stands for."""

    runtime: Runtime
    detector: Any
    scaler: Any
    rows: Matrix

    def expected(self, rows: Matrix) -> Matrix:
        scaled = rows if self.scaler is None else self.scaler.transform(rows)
        return np.asarray(-self.detector.score_samples(scaled))


def _lof() -> LocalOutlierFactor:
    return LocalOutlierFactor(novelty=True, algorithm="brute", contamination=0.1)


_KINDS: Mapping[str, tuple[Any, Any, bool]] = {
    "forest": (IsolationForest(n_estimators=20, contamination=0.1, random_state=1), StandardScaler(), True),
    "forest without scaler": (IsolationForest(n_estimators=20, random_state=1), None, True),
    "forest uncompiled": (IsolationForest(n_estimators=20, random_state=1), MinMaxScaler(), False),
    "local outlier factor": (_lof(), StandardScaler(), False),
    "one class svm": (OneClassSVM(nu=0.1), StandardScaler(), False),
}


@pytest.fixture(scope="module", params=list(_KINDS))
def case(request: pytest.FixtureRequest) -> Case:
    detector, scaler, is_compiled = _KINDS[request.param]
    rows = training_rows()
    scaled = rows if scaler is None else scaler.fit_transform(rows)
    detector.fit(scaled)
    if is_compiled:
        blobs = forest_blobs(detector, scaler)
    else:
        blobs = {Role.ESTIMATORS: packing.pack(detector, scaler)}
    return Case(catalog.open_runtime(blobs), detector, scaler, rows)


def test_scores_equal_scikit_learn_on_training_and_new_rows(case: Case) -> None:
    for rows in (case.rows, training_rows(500, seed=8)):
        assert np.array_equal(case.runtime.score(rows), case.expected(rows))


def test_a_score_does_not_depend_on_the_rows_beside_it(case: Case) -> None:
    together = case.runtime.score(case.rows[:50])
    alone = [float(case.runtime.score(row[None])[0]) for row in case.rows[:50]]
    assert np.allclose(together, alone, rtol=0, atol=1e-12)


def test_a_far_row_scores_higher_than_every_ordinary_one(case: Case) -> None:
    far = np.full((1, 6), 500.0)
    assert case.runtime.score(far)[0] > np.median(case.runtime.score(case.rows))


def test_scores_are_one_float64_per_row(case: Case) -> None:
    for count in (0, 1, 7):
        scores = case.runtime.score(case.rows[:count])
        assert scores.shape == (count,)
        assert scores.dtype == np.float64


def test_rows_are_left_as_they_were(case: Case) -> None:
    rows = case.rows[:20].copy()
    case.runtime.score(rows)
    assert np.array_equal(rows, case.rows[:20])


def test_rows_in_any_memory_order_score_the_same(case: Case) -> None:
    rows = np.asfortranarray(case.rows[:40])
    assert np.array_equal(case.runtime.score(rows), case.runtime.score(case.rows[:40]))


def test_threads_share_one_runtime(case: Case) -> None:
    parts = [case.rows[at : at + 30] for at in range(0, 600, 30)]
    alone = [case.runtime.score(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(case.runtime.score, parts * 3))
    for expected, found in zip(alone * 3, together, strict=True):
        assert np.array_equal(expected, found)


def test_center_and_spread_are_those_of_a_standard_scaler(case: Case) -> None:
    if not isinstance(case.scaler, StandardScaler):
        assert case.runtime.center is None
        assert case.runtime.spread is None
        return
    assert case.runtime.center is not None
    assert case.runtime.spread is not None
    assert np.allclose(case.runtime.center, case.rows.mean(axis=0))
    assert np.allclose(case.runtime.spread, case.rows.std(axis=0))


def test_number_of_features_is_known(case: Case) -> None:
    assert case.runtime.n_features == 6


def test_scoring_never_warns(case: Case) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        case.runtime.score(case.rows[:3])
