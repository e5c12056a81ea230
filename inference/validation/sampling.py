"""Rows to score a version on, and their scores by the runtime that serves."""

import json
import logging
from collections.abc import Callable

import numpy as np

from inference.runtimes.contract import Runtime
from inference.validation.subject import Matrix, Sample, ScalerState, Scores

log = logging.getLogger(__name__)
_SEED = 20240229
_PER_REACH = 64
_REACHES = (1.0, 3.0, 10.0)
_MOST_ROWS = 1_000


def brought_rows(data: bytes | None, width: int) -> tuple[Matrix, Scores | None] | None:
    """Rows and expected scores of a stored ``probe_rows.json``; None for anything that holds no such rows."""
    value = _value(data)
    if not isinstance(value, dict):
        return None
    rows, scores = _array(value.get("rows")), _array(value.get("scores"))
    if rows is None or rows.ndim != 2 or rows.shape[1] != width or not 0 < len(rows) <= _MOST_ROWS:
        return None
    return rows, None if scores is None or scores.ndim != 1 else scores


def brought_scores(data: bytes | None) -> Scores | None:
    """The scores of a stored ``calibration_scores.json``; None for anything that holds no list of numbers."""
    value = _value(data)
    scores = _array(value.get("scores") if isinstance(value, dict) else value)
    return scores if scores is not None and scores.ndim == 1 else None


def made_rows(scaler: ScalerState | None, width: int) -> Matrix:
    """float64 (193, width): the training centre, and rows one, three and ten spreads around it.

    The same for the same scaler; around 0 with spread 1 where none is known.
    """
    center = np.zeros(width) if scaler is None else scaler.center
    spread = np.ones(width) if scaler is None else scaler.spread
    reach = np.repeat(_REACHES, _PER_REACH)[:, None]
    around = np.random.default_rng(_SEED).standard_normal((len(reach), width))
    return np.vstack([center, center + spread * reach * around])


def scored(
    runtime: Runtime,
    kind: str,
    rows: Matrix,
    *,
    expected: Scores | None = None,
    evaluate: Callable[[Matrix], Scores] | None = None,
) -> Sample | None:
    """The rows with their scores, scored twice; None where the runtime cannot score them at all.

    ``evaluate`` is a second evaluator that gives the expected scores where the trainer gave none.
    """
    try:
        with np.errstate(all="ignore"):
            first, again = runtime.score(rows), runtime.score(rows)
            if expected is None and evaluate is not None:
                expected = evaluate(rows)
    except Exception:
        log.exception("rows could not be scored for validation", extra={"rows_kind": kind})
        return None
    return Sample(kind, rows, first, again, expected)


def _value(data: bytes | None) -> object:
    try:
        return None if data is None else json.loads(data)
    except (ValueError, RecursionError):
        return None


def _array(value: object) -> Matrix | None:
    if not isinstance(value, list) or not value:
        return None
    cells = [cell for row in value for cell in (row if isinstance(row, list) else [row])]
    if not all(type(cell) in (int, float) for cell in cells):
        return None
    try:
        found = np.array(value, dtype=np.float64)
    except (ValueError, OverflowError):
        return None
    return found if np.isfinite(found).all() else None
