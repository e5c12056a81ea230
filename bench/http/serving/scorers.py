"""Scores and labels of rows for the FastAPI services: by scikit-learn, or by this repository's engine.

Both answer scores (higher = more anomalous) and labels from one evaluation of the forest.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Scorer = Callable[[Any], tuple[list[float], list[int]]]


def scikit_learn() -> Scorer:
    """The pipeline itself."""
    import joblib
    import numpy as np

    pipeline = joblib.load(os.environ["MODEL"])
    threshold = -pipeline[-1].offset_

    def score(rows: Any) -> tuple[list[float], list[int]]:
        scores = -pipeline.score_samples(np.asarray(rows, np.float64))
        return scores.tolist(), np.where(scores > threshold, -1, 1).tolist()

    return score


def engine() -> Scorer:
    """The runtime that this hub serves with, opened as it opens it; ``ENGINE`` is the one it has to be."""
    import numpy as np

    from inference.runtimes.catalog import open_runtime
    from inference.runtimes.forest import engine_name
    from modelhub.artifacts.safeform import tables
    from modelhub.artifacts.types import Role

    if engine_name() != os.environ["ENGINE"]:
        raise SystemExit(f"The engine here is {engine_name()}, the hub's is {os.environ['ENGINE']}.")
    data = Path(os.environ["TABLES"]).read_bytes()
    runtime, threshold = open_runtime({Role.FOREST_TABLES: data}), -tables.parse(data).offset

    def score(rows: Any) -> tuple[list[float], list[int]]:
        scores = runtime.score(np.asarray(rows, np.float64))
        return scores.tolist(), np.where(scores > threshold, -1, 1).tolist()

    return score


def chosen() -> Scorer:
    """The one that ``SCORER`` names."""
    return {"scikit-learn": scikit_learn, "engine": engine}[os.environ["SCORER"]]()
