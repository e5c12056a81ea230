"""The same fitted model and the same rows for every engine, from one seed."""

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

Matrix = npt.NDArray[np.float64]

FEATURES, TREES, TRAINING_ROWS, SEED = 32, 100, 10_000, 42
SIZES = (1, 32, 1_000, 100_000)
THRESHOLD_ROWS = 3_000


def fitted() -> tuple[StandardScaler, IsolationForest, Matrix]:
    """Scaler, forest and the rows they were fitted on."""
    rows = random_rows(TRAINING_ROWS, seed=SEED)
    scaler = StandardScaler().fit(rows)
    forest = IsolationForest(n_estimators=TREES, contamination=0.1, random_state=SEED)
    return scaler, forest.fit(scaler.transform(rows)), rows


def random_rows(count: int, *, seed: int) -> Matrix:
    """float64 (count, 32): correlated skewed columns, the even ones whole numbers, as counts are."""
    rng = np.random.default_rng(seed)
    rows = rng.lognormal(1.0, 0.8, size=(count, FEATURES)) + rng.normal(size=(count, 1))
    rows[:, ::2] = np.round(rows[:, ::2])
    return rows


def threshold_rows(scaler: StandardScaler, forest: IsolationForest, rows: Matrix) -> Matrix:
    """float64 (3000, 32): rows with one value exactly on a split of the forest (after scaling back)."""
    rng = np.random.default_rng(SEED)
    chosen = rows[rng.integers(0, len(rows), THRESHOLD_ROWS)].copy()
    for row in chosen:
        tree = forest.estimators_[rng.integers(0, TREES)].tree_
        node = rng.choice(np.flatnonzero(tree.children_left != -1))
        column = tree.feature[node]
        row[column] = tree.threshold[node] * scaler.scale_[column] + scaler.mean_[column]
    return chosen
