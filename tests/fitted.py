"""Small models fitted on the spot, and their safe forms."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

from modelhub.artifacts.safeform import archive, flatten, packing, tables
from modelhub.artifacts.safeform.tables import ForestTables
from modelhub.artifacts.types import Role

Matrix = npt.NDArray[np.float64]


def training_rows(count: int = 600, *, width: int = 6, seed: int = 7) -> Matrix:
    """float64 (count, width): skewed columns, every second one of whole numbers."""
    rows = np.random.default_rng(seed).lognormal(1.0, 0.7, size=(count, width))
    rows[:, ::2] = np.round(rows[:, ::2])
    return rows


def forest(rows: Matrix, **parameters: Any) -> tuple[IsolationForest, StandardScaler]:
    """A forest behind a scaler, fitted on ``rows``; 20 trees and 10 % contamination unless told otherwise."""
    scaler = StandardScaler().fit(rows)
    chosen = {"n_estimators": 20, "contamination": 0.1, "random_state": 3} | parameters
    return IsolationForest(**chosen).fit(scaler.transform(rows)), scaler


def tables_of(model: IsolationForest, scaler: StandardScaler | None) -> ForestTables:
    """The flat tables that an import would write."""
    content = archive.read(packing.pack(model, scaler))
    return flatten.forest_tables(content["model"], content["scaler"])


def forest_blobs(model: IsolationForest, scaler: StandardScaler | None) -> dict[Role, bytes]:
    """Both safe forms of a forest."""
    return {
        Role.FOREST_TABLES: tables.dump(tables_of(model, scaler)),
        Role.ESTIMATORS: packing.pack(model, scaler),
    }


def rows_on_splits(model: IsolationForest, scaler: StandardScaler, rows: Matrix, *, count: int) -> Matrix:
    """float64 (count, width): training rows with one value exactly on a split of the forest."""
    rng = np.random.default_rng(11)
    chosen = rows[rng.integers(0, len(rows), count)].copy()
    for row in chosen:
        tree = model.estimators_[rng.integers(0, len(model.estimators_))].tree_
        inner = np.flatnonzero(tree.children_left != -1)
        node = rng.choice(inner)
        column = tree.feature[node]
        row[column] = tree.threshold[node] * scaler.scale_[column] + scaler.mean_[column]
    return chosen
