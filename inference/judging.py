"""From the scores of one version to severity, verdict and label: by the compiled kernel, else by numpy.

Both give the same bits; :mod:`inference.scoring` says what they mean.
"""

import ctypes
from ctypes import addressof, c_char
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inference import scoring
from inference.runtimes.kernel.binding import CLimits, Kernel
from inference.scoring import Scores
from modelhub.artifacts.calibration import Calibration

_FLOAT64, _INT64, _BOOL = np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_)


class Judged(NamedTuple):
    """Element i of each, shape (n,), belongs to score i; ``anomalies`` counts the verdicts."""

    severities: Scores
    verdicts: npt.NDArray[np.bool_]
    predictions: npt.NDArray[np.int64]
    anomalies: int


class Judge:
    """Judges scores by a version's calibration, ``threshold`` (score space) and scikit-learn's ``offset``."""

    def __init__(
        self, calibration: Calibration, *, threshold: float, offset: float, kernel: Kernel | None
    ) -> None:
        """``kernel`` None: numpy does it."""
        self._calibration, self._threshold, self._offset = calibration, threshold, offset
        self._kernel = kernel
        # The C side holds addresses only, so these arrays must live as long as it does.
        self._curve = tuple(np.ascontiguousarray(part) for part in calibration.knots)
        self._limits = CLimits(
            *(part.ctypes.data for part in self._curve),
            len(self._curve[0]),
            calibration.decades_per_score,
            scoring.POINTS_PER_DECADE,
            scoring.MOST_POINTS,
            threshold,
            offset,
        )
        self._address = ctypes.addressof(self._limits)

    def __call__(self, scores: Scores) -> Judged | None:
        """What the scores mean, float64 (n,); None where one of them is no number."""
        count = len(scores)
        if self._kernel is None or not count:
            return self._by_numpy(scores)
        given = np.asarray(scores, _FLOAT64).tobytes()  # the C side reads 64 bits of each, whatever came
        memory = bytearray(count * 17)  # numpy takes three times as long to tell an address
        severities = addressof(c_char.from_buffer(memory))
        labels, verdicts = severities + 8 * count, severities + 16 * count
        anomalies = self._kernel.judge(self._address, given, count, severities, labels, verdicts)
        if anomalies < 0:
            return None
        return Judged(
            np.frombuffer(memory, _FLOAT64, count),
            np.frombuffer(memory, _BOOL, count, 16 * count),
            np.frombuffer(memory, _INT64, count, 8 * count),
            anomalies,
        )

    def _by_numpy(self, scores: Scores) -> Judged | None:
        if not np.isfinite(scores).all():
            return None
        verdicts = scoring.verdicts(scores, self._threshold)
        return Judged(
            scoring.severity(scores, self._calibration),
            verdicts,
            scoring.predictions(scores, self._offset),
            int(np.count_nonzero(verdicts)),
        )
