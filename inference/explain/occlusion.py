"""Why a row scored high: what its score loses when one feature takes its usual value.

Works for every runtime, because it only asks for scores: for feature j of row x, score(x) minus the
score of x with x[j] at the training mean. Interactions are not shared out, so contributions need not add up.
"""

from collections.abc import Sequence

import numpy as np

from inference.runtimes.contract import Matrix, Runtime
from monitoring.reasons import Reason

_CALL_ROWS = 8_192  # of one runtime call: 2 MB at 32 features, and at most seconds for the slowest detectors


def reasons(runtime: Runtime, features: Matrix, *, names: Sequence[str], top: int = 3) -> list[list[Reason]]:
    """For each unscaled row of ``features`` (n, n_features) its ``top`` reasons, strongest first.

    Features that do not raise the score are left out; without a training mean (no scaler) every list is
    empty.
    """
    center = runtime.center
    if center is None or not len(features):
        return [[] for _ in features]
    answers = []
    for row, gains in zip(features, contributions(runtime, features, center=center), strict=True):
        strongest = np.argsort(-gains, kind="stable")[:top]
        answers.append(
            [
                _reason(names[j], row[j], usual=center[j], contribution=gains[j])
                for j in strongest
                if gains[j] > 0
            ]
        )
    return answers


def contributions(runtime: Runtime, features: Matrix, *, center: Matrix) -> Matrix:
    """score(x) - score(x with feature j at ``center[j]``), float64 (n, n_features)."""
    width = features.shape[1]
    rows = max(1, _CALL_ROWS // width)
    chunks = [_chunk(runtime, features[at : at + rows], center) for at in range(0, len(features), rows)]
    return np.concatenate(chunks) if chunks else np.empty((0, width))


def _reason(name: str, value: np.float64, *, usual: np.float64, contribution: np.float64) -> Reason:
    return {
        "name": name,
        "value": float(value),
        "usual": float(usual),
        "contribution": float(contribution),
    }


def _chunk(runtime: Runtime, features: Matrix, center: Matrix) -> Matrix:
    count, width = features.shape
    occluded = np.repeat(features, width, axis=0).reshape(count, width, width)
    diagonal = np.arange(width)
    occluded[:, diagonal, diagonal] = center
    scores = runtime.score(np.concatenate([features, occluded.reshape(-1, width)]))
    return np.asarray(scores[:count, None] - scores[count:].reshape(count, width))
