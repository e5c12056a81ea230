"""BentoML with two workers and adaptive batching."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service(workers=2)
class Detector:
    """Labels of rows."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api(batchable=True, batch_dim=0, max_batch_size=1000, max_latency_ms=10_000)
    def predict(self, rows: np.ndarray) -> np.ndarray:
        """-1 or 1 for each row."""
        return self.model.predict(rows)
