"""The judging of scores touches no byte that is not its own."""

from pathlib import Path

import numpy as np
import pytest

from inference import scoring
from modelhub.artifacts import calibration
from modelhub.artifacts.calibration import Calibration
from tests.unit.inference.runtimes.kernel.sanitized import driver

_THRESHOLD, _OFFSET = 0.5, -0.45
CURVES = [
    calibration.assumed(0.5, 0.1),
    calibration.from_scores([0.5, 0.5, 0.5]),
    calibration.from_scores(np.random.default_rng(0).normal(0.45, 0.05, 2_000).tolist()),
]


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: f"{len(curve.knots[0])} knots")
def test_no_byte_is_touched_that_is_not_the_kernels(tmp_path: Path, curve: Calibration) -> None:
    dice, knots = np.random.default_rng(1), curve.knots[0]
    many = [
        np.empty(0),
        np.array([0.5]),
        np.concatenate([[-1e300, 1e300], knots, np.nextafter(knots, -1), np.nextafter(knots, 2)]),
        dice.uniform(-1, 2, 1_000),
        np.array([0.4, np.nan, 0.6]),
        np.array([np.inf]),
    ]
    done = driver(tmp_path, "judge").run(b"".join(_case(curve, scores) for scores in many))
    assert done.returncode == 0, done.stderr.decode()
    said = done.stdout.decode().splitlines()
    assert said[4:] == ["-1", "-1"]
    for line, scores in zip(said, many[:4], strict=False):
        anomalies, *words = line.split()
        verdicts = scoring.verdicts(scores, _THRESHOLD)
        assert int(anomalies) == verdicts.sum()
        severities = np.array([float.fromhex(word) for word in words[::3]])
        assert severities.tobytes() == scoring.severity(scores, curve).tobytes()
        assert [int(word) for word in words[1::3]] == scoring.predictions(scores, _OFFSET).tolist()
        assert [int(word) for word in words[2::3]] == verdicts.tolist()


def test_the_sanitizers_would_tell_of_a_block_that_is_one_short(tmp_path: Path) -> None:
    case = _case(CURVES[0], np.array([0.4, 0.5, 0.6]), room=-3)
    done = driver(tmp_path, "judge").run(case)
    assert done.returncode != 0
    assert b"AddressSanitizer" in done.stderr


def _case(curve: Calibration, scores: scoring.Scores, *, room: int | None = None) -> bytes:
    knots, logs = curve.knots
    numbers = [curve.decades_per_score, scoring.POINTS_PER_DECADE, scoring.MOST_POINTS, _THRESHOLD, _OFFSET]
    sizes = np.array([len(knots), len(scores) if room is None else room])
    parts = [sizes, np.array(numbers), knots, logs, scores]
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
