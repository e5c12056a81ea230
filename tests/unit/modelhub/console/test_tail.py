"""The tail picture says the same as the calibration it is drawn from."""

import numpy as np
import pytest

from modelhub.artifacts import calibration
from modelhub.console.tail import tail_of


def test_the_summary_gives_the_share_at_the_threshold() -> None:
    scores = np.linspace(0, 1, 1001)
    tail = tail_of(calibration.from_scores(scores).to_json(), 0.9)
    assert tail is not None
    said = float(tail.summary.removeprefix("About ").split(" %")[0])
    assert said == pytest.approx(10, abs=0.6)
    assert "1,001 training scores" in tail.summary


def test_an_assumed_curve_says_that_it_is_assumed() -> None:
    tail = tail_of(calibration.assumed(0.5, 0.1).to_json(), 0.5)
    assert tail is not None
    assert "assumed" in tail.summary


@pytest.mark.parametrize(
    "stored", [{}, {"kind": "scores"}, {"kind": "x", "scores": [1], "tails": [1], "n": 0}]
)
def test_a_damaged_calibration_draws_nothing(stored: dict[str, object]) -> None:
    assert tail_of(stored, 0.5) is None
