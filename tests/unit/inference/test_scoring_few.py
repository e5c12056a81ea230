"""Few rows are judged in plain arithmetic: the same bits that numpy gives many."""

import numpy as np
import pytest

from inference import scoring
from modelhub.artifacts import calibration
from modelhub.artifacts.calibration import Calibration

CURVES = [
    calibration.from_scores(np.random.default_rng(0).normal(0.45, 0.05, 2_000).tolist()),
    calibration.assumed(0.5, 0.1),
]


@pytest.mark.parametrize("curve", CURVES, ids=["scores", "assumed"])
def test_one_row_is_judged_as_among_many(curve: Calibration) -> None:
    spread = np.random.default_rng(1).uniform(0.2, 0.9, 500)
    scores = np.concatenate([spread, np.array(curve.scores), [0.0, 0.5, 1.0]])
    singly = [scores[place : place + 1] for place in range(len(scores))]
    severities = np.concatenate([scoring.severity(one, curve) for one in singly])
    assert severities.tobytes() == scoring.severity(scores, curve).tobytes()
    labels = np.concatenate([scoring.predictions(one, -0.5) for one in singly])
    assert labels.tobytes() == scoring.predictions(scores, -0.5).tobytes()
