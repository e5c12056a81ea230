"""``python -m inference.runtimes.kernel.trial FILE``: does a fresh library give the right answers?

In a process of its own, before the library gets its name: one that crashes harms nobody.
"""

import sys
from pathlib import Path

import numpy as np

from inference import scoring
from inference.judging import Judge
from inference.runtimes.kernel import binding
from inference.runtimes.kernel.binding import Kernel
from inference.runtimes.kernel.runtime import KernelForest
from modelhub.artifacts import calibration
from modelhub.artifacts.safeform import reference
from modelhub.artifacts.safeform.tables import ForestTables

_TREES, _DEPTH, _COLUMNS = 19, 9, 5
_HALFWAY = "4503599627370496.5"  # between two doubles: the even one is right


def is_right(path: Path) -> bool:
    """True where the library scores and judges as plain numpy does and reads numbers as Python does."""
    kernel = binding.load(path)
    return kernel is not None and _scores(kernel) and _reads(kernel) and _judges(kernel)


def _scores(kernel: Kernel) -> bool:
    tables = sample_forest(np.random.default_rng(0))
    runtime = KernelForest(tables, kernel)
    rows = np.random.default_rng(1).normal(size=(301, _COLUMNS))
    return all(
        np.array_equal(runtime.score(rows[:count]), reference.score(tables, rows[:count]))
        for count in (0, 1, 2, 8, 15, 301)
    )


def _reads(kernel: Kernel) -> bool:
    texts = [repr(value) for value in np.random.default_rng(2).normal(size=200).tolist()]
    texts += ["0", "-0.0", "12e3", "-7E-5", "1.5e+22", "9007199254740993", "0.1e-300", _HALFWAY]
    line = f'{{"features": [[{", ".join(texts)}]]}}'.encode()
    row = np.empty(len(texts))
    done = kernel.read_rows(line, len(line), len(texts), 1e300, 1, row.ctypes.data)
    return done == 0 and row.tobytes() == np.array([float(text) for text in texts]).tobytes()


def _judges(kernel: Kernel) -> bool:
    curve, scores = calibration.assumed(0.5, 0.1), np.random.default_rng(3).uniform(0.2, 0.9, 200)
    found = Judge(curve, threshold=0.5, offset=-0.45, kernel=kernel)(scores)
    return (
        found is not None
        and np.array_equal(found.severities, scoring.severity(scores, curve))
        and np.array_equal(found.predictions, scoring.predictions(scores, -0.45))
        and np.array_equal(found.verdicts, scores > 0.5)
    )


def sample_forest(rng: np.random.Generator) -> ForestTables:
    """Complete trees with random splits, behind a scaler."""
    per_tree = 2 ** (_DEPTH + 1) - 1
    node = np.arange(per_tree)
    inner = node < 2**_DEPTH - 1
    starts = np.arange(_TREES) * per_tree
    left = np.where(inner, 2 * node + 1, -1)[None, :] + np.where(inner[None, :], starts[:, None], 0)
    size = (_TREES, per_tree)
    return ForestTables(
        feature=np.where(inner, rng.integers(0, _COLUMNS, size), 0).reshape(-1).astype(np.int32),
        threshold=np.where(inner, rng.normal(size=size), 0.0).reshape(-1),
        left=left.reshape(-1).astype(np.int32),
        right=np.where(left == -1, -1, left + 1).reshape(-1).astype(np.int32),
        leaf_value=np.where(inner, 0.0, rng.uniform(1, 9, size)).reshape(-1),
        roots=starts.astype(np.int32),
        normalizer=_TREES * 5.0,
        offset=-0.5,
        n_features=_COLUMNS,
        scaler_mean=rng.normal(size=_COLUMNS),
        scaler_scale=rng.uniform(0.5, 2.0, _COLUMNS),
    )


if __name__ == "__main__":
    sys.exit(0 if is_right(Path(sys.argv[1])) else 1)
