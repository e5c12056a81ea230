"""What a check needs of a version's files: its rows scored, its scaler, or why it cannot be opened."""

import logging
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np

from inference.runtimes import catalog as runtimes
from inference.runtimes.contract import Runtime
from inference.validation import sampling
from inference.validation.subject import Matrix, Sample, ScalerState, Scores
from modelhub.artifacts.calibration import Calibration
from modelhub.artifacts.safeform import archive, structure, tables
from modelhub.artifacts.safeform import reference as second_evaluator
from modelhub.artifacts.types import Role
from modelhub.errors import ArtefactCorrupt, ModelhubError

log = logging.getLogger(__name__)
Blob = Callable[[Role], bytes | None]
_SAFE_FORMS = (Role.FOREST_TABLES, Role.ESTIMATORS)


def fields(blob: Blob, calibration: Any, *, width: int, rows: Matrix | None) -> dict[str, Any]:
    """The fields of a subject that need its files; ``width`` is how many columns are registered.

    ``blob`` gives the content of a role, None where there is none; ArtefactCorrupt is told, never raised.
    """
    found: dict[str, Any] = {
        "training_scores": sampling.brought_scores(_quietly(blob, Role.CALIBRATION_SCORES)),
        "installed": _installed(),
    }
    try:
        found["calibration_kind"] = Calibration.from_json(calibration).kind
        runtime = _runtime(blob)
        scaler = _scaler(blob, runtime)
    except ModelhubError as error:
        return found | {"problem": error.detail}
    except Exception:
        log.exception("the safe form could not be opened for validation")
        return found | {"problem": "Its safe form cannot be opened. The log has the details."}
    if runtime.n_features != width:
        said = f"The model scores {runtime.n_features} columns, {width} are registered."
        return found | {"scaler": scaler, "problem": said}
    return found | {
        "scaler": scaler,
        "sample": _sample(blob, runtime, scaler),
        "given": _given(runtime, rows),
    }


def _runtime(blob: Blob) -> Runtime:
    for role in _SAFE_FORMS:
        data = blob(role)
        if data is not None:
            return runtimes.open_runtime({role: data})
    return runtimes.open_runtime({})


def _sample(blob: Blob, runtime: Runtime, scaler: ScalerState | None) -> Sample | None:
    """The package's own probe rows, else rows made from its scaler."""
    brought = sampling.brought_rows(_quietly(blob, Role.PROBE_ROWS), runtime.n_features)
    evaluate = _evaluator(blob)
    if brought is None:
        made = sampling.made_rows(scaler, runtime.n_features)
        return sampling.scored(runtime, "made_rows", made, evaluate=evaluate)
    rows, expected = brought
    return sampling.scored(runtime, "probe_rows", rows, expected=expected, evaluate=evaluate)


def _given(runtime: Runtime, rows: Matrix | None) -> Sample | None:
    return None if rows is None or not len(rows) else sampling.scored(runtime, "reference_rows", rows)


def _evaluator(blob: Blob) -> Callable[[Matrix], Scores] | None:
    """A second, independent evaluation of a forest's tables; other detectors have none here."""
    data = blob(Role.FOREST_TABLES)
    if data is None:
        return None
    parsed = tables.parse(data)
    return partial(second_evaluator.score, parsed)


def _scaler(blob: Blob, runtime: Runtime) -> ScalerState | None:
    """What the runtime applies; the rows behind it and the columns without variance from the safe form."""
    if runtime.center is None or runtime.spread is None:
        return None
    data = _quietly(blob, Role.ESTIMATORS)
    state = archive.read(data)["scaler"] if data is not None else None
    step = structure.steps(state)[0] if state is not None else None
    variance = None if step is None else step.get("var_")
    if isinstance(variance, np.ndarray) and variance.shape == runtime.spread.shape:
        constant = variance == 0.0
    else:
        constant = runtime.spread == 1.0  # StandardScaler's stand-in for a column that did not vary
    return ScalerState(runtime.center, runtime.spread, constant, _seen(step and step.get("n_samples_seen_")))


def _seen(value: Any) -> int | None:
    """``n_samples_seen_``: a whole number, or one per column where values were missing."""
    if value is None:
        return None
    counts = np.atleast_1d(np.asarray(value))
    return int(counts.max()) if counts.size and counts.dtype.kind in "iu" else None


def _quietly(blob: Blob, role: Role) -> bytes | None:
    """A file that is only evidence; whether it is damaged is the integrity check's business."""
    try:
        return blob(role)
    except ArtefactCorrupt:
        return None


@cache
def _installed() -> Mapping[str, str]:
    found = {}
    for name, distribution in (("sklearn", "scikit-learn"), ("numpy", "numpy"), ("joblib", "joblib")):
        try:
            found[name] = installed_version(distribution)
        except PackageNotFoundError:  # not needed to serve forests
            continue
    return found
