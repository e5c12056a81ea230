"""The kernel judges scores as numpy does, to the last bit, however many there are."""

import numpy as np
import pytest

from inference import scoring
from inference.judging import Judge, Judged
from inference.runtimes.kernel.binding import Kernel
from inference.scoring import Scores
from modelhub.artifacts import calibration
from modelhub.artifacts.calibration import Calibration

CURVES = {
    "scores": calibration.from_scores(np.random.default_rng(0).normal(0.45, 0.05, 2_000).tolist()),
    "assumed": calibration.assumed(0.5, 0.1),
    "three equal scores": calibration.from_scores([0.5, 0.5, 0.5]),
}
THRESHOLD, OFFSET = 0.5, -0.45


def scores_around(curve: Calibration) -> Scores:
    """Scores everywhere, on every knot, just beside it, and far beyond both ends."""
    knots = np.array(curve.scores)
    beside = np.concatenate([np.nextafter(knots, -1), knots, np.nextafter(knots, 2)])
    spread = np.random.default_rng(1).uniform(0.2, 0.9, 500)
    return np.concatenate([spread, beside, [-5.0, 0.0, THRESHOLD, -OFFSET, 1.0, 7.0]])


def judged(judge: Judge, scores: Scores) -> Judged:
    found = judge(scores)
    assert found is not None
    return found


@pytest.fixture
def judge(request: pytest.FixtureRequest, kernel: Kernel) -> Judge:
    return Judge(CURVES[request.param], threshold=THRESHOLD, offset=OFFSET, kernel=kernel)


@pytest.mark.parametrize(("judge", "curve"), [(name, name) for name in CURVES], indirect=["judge"])
def test_many_scores_are_judged_as_numpy_does(judge: Judge, curve: str) -> None:
    scores = scores_around(CURVES[curve])
    found = judged(judge, scores)
    assert found.severities.tobytes() == scoring.severity(scores, CURVES[curve]).tobytes()
    assert found.predictions.tolist() == scoring.predictions(scores, OFFSET).tolist()
    assert found.verdicts.tolist() == scoring.verdicts(scores, THRESHOLD).tolist()
    assert found.anomalies == found.verdicts.sum()


@pytest.mark.parametrize("judge", CURVES, indirect=True)
def test_one_score_is_judged_as_among_many(judge: Judge) -> None:
    scores = scores_around(CURVES["scores"])
    singly = [judged(judge, scores[place : place + 1]) for place in range(len(scores))]
    many = judged(judge, scores)
    assert np.concatenate([one.severities for one in singly]).tobytes() == many.severities.tobytes()
    assert np.concatenate([one.predictions for one in singly]).tobytes() == many.predictions.tobytes()
    assert sum(one.anomalies for one in singly) == many.anomalies


@pytest.mark.parametrize("judge", ["scores"], indirect=True)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_told(judge: Judge, odd: float) -> None:
    assert judge(np.array([0.5, odd, 0.6])) is None


@pytest.mark.parametrize("judge", ["scores"], indirect=True)
def test_scores_of_any_width_and_layout_are_judged(judge: Judge) -> None:
    scores = np.linspace(0.25, 0.75, 9).astype(np.float32)
    expected = judged(judge, scores.astype(np.float64))
    for given in (scores, np.repeat(scores, 2)[::2]):
        assert judged(judge, given).severities.tolist() == expected.severities.tolist()  # type: ignore[arg-type]


@pytest.mark.parametrize("judge", ["scores"], indirect=True)
def test_no_scores_are_no_anomalies(judge: Judge) -> None:
    found = judged(judge, np.empty(0))
    assert [len(part) for part in found[:3]] == [0, 0, 0]
    assert found.anomalies == 0


def test_without_the_kernel_numpy_judges() -> None:
    scores = scores_around(CURVES["scores"])
    without = Judge(CURVES["scores"], threshold=THRESHOLD, offset=OFFSET, kernel=None)
    found = judged(without, scores)
    assert found.severities.tobytes() == scoring.severity(scores, CURVES["scores"]).tobytes()
    assert found.anomalies == int((scores > THRESHOLD).sum())
    assert without(np.array([0.5, np.nan])) is None
