"""What a package may bring beyond the model: calibration scores, and probe rows with expected scores."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from modelhub.artifacts import layout, strictjson
from modelhub.artifacts.fields import invalid
from modelhub.artifacts.types import StagedFile, StagedPackage

_MAX_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class ProbeRows:
    """Unscaled feature rows, float64 (n, n_features), and the trainer's score of each, float64 (n,)."""

    rows: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]


def probe_rows(staged: StagedPackage) -> ProbeRows | None:
    """The rows of ``probe_rows.json``, ``{"rows": [[…]], "scores": […]}``; None without file or scores.

    Their width is compared with the model's in the quarantine, where the rows are scored.

    Raises PackageRefused (metadata_invalid) for any other content.
    """
    file = staged.files.get(layout.PROBE_ROWS)
    if file is None:
        return None
    value = _value(file)
    if not isinstance(value, dict) or "rows" not in value:
        raise invalid(f'{file.name} must be an object with "rows" and "scores".')
    rows = _numbers(file, value["rows"])
    if rows.ndim != 2 or len(rows) > _MAX_ROWS:
        raise invalid(f"{file.name}: rows must be 1 to {_MAX_ROWS} lists of numbers.")
    if value.get("scores") is None:
        return None
    scores = _numbers(file, value["scores"])
    if scores.shape != (len(rows),):
        raise invalid(f"{file.name}: scores must hold one number for each row.")
    return ProbeRows(rows, scores)


def calibration_scores(staged: StagedPackage) -> list[float] | None:
    """The training scores of ``calibration_scores.json``, a list or ``{"scores": […]}``; None without it.

    Raises PackageRefused (metadata_invalid) for any other content.
    """
    file = staged.files.get(layout.CALIBRATION_SCORES)
    if file is None:
        return None
    value = _value(file)
    scores = _numbers(file, value.get("scores") if isinstance(value, dict) else value)
    if scores.ndim != 1:
        raise invalid(f"{file.name} must be a list of numbers.")
    return [float(score) for score in scores]


def _value(file: StagedFile) -> Any:
    try:
        return strictjson.parse_value(file.path.read_bytes())
    except strictjson.StrictJSONError as error:
        raise invalid(f"{file.name} cannot be read: {error}") from None


def _numbers(file: StagedFile, value: Any) -> npt.NDArray[np.float64]:
    """A list, or list of equally long lists, of numbers; booleans and texts are not numbers."""
    rows = value if isinstance(value, list) else []
    cells = [cell for row in rows for cell in (row if isinstance(row, list) else [row])]
    if not cells or not all(type(cell) in (int, float) for cell in cells):
        raise invalid(f"{file.name} must hold numbers.")
    try:
        return np.array(value, dtype=np.float64)
    except ValueError:  # lists of different lengths
        raise invalid(f"{file.name} holds rows of different lengths.") from None
