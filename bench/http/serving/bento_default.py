"""BentoML as its guide begins: one service, one method on an array."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service
class Detector:
    """Labels of rows."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, rows: np.ndarray) -> np.ndarray:
        """-1 or 1 for each row."""
        return self.model.predict(rows)
