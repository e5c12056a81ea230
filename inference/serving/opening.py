"""From a version row to something that scores: blobs re-hashed, safe form opened, tried on probe rows."""

import logging

import numpy as np

from inference import pipeline
from inference.features import catalog as feature_sets
from inference.pipeline import ScoringModel
from inference.runtimes import catalog as runtimes
from inference.runtimes.contract import Matrix
from modelhub import conf
from modelhub.artifacts.calibration import Calibration
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Role
from modelhub.errors import ArtefactCorrupt, Code, GateFailed, ModelFailed, ModelhubError
from modelhub.registry.models import ModelVersion

log = logging.getLogger(__name__)
_SAFE_FORMS = (Role.FOREST_TABLES, Role.ESTIMATORS)  # the first one a version has is what serves it


def open_version(version: ModelVersion, *, generation: int = 0) -> ScoringModel:
    """The version, ready to score; its blob was re-hashed while it was read. No pickle is involved.

    Raises ArtefactCorrupt when the safe form is missing, damaged or cannot be read, PackageRefused
    when its structure may not be executed.
    """
    runtime = runtimes.open_runtime(_safe_form(version), forest_engine=conf.text("FOREST_ENGINE"))
    if runtime.n_features != len(version.feature_names):
        raise ArtefactCorrupt(
            Code.ARTEFACT_CORRUPT,
            f"{version} scores {runtime.n_features} columns but {len(version.feature_names)} are registered. "
            "Import its package again.",
        )
    return ScoringModel(
        reference=version.reference,
        digest=version.digest,
        generation=generation,
        runtime=runtime,
        feature_set=feature_sets.get(version.feature_set) if version.feature_set else None,
        feature_names=tuple(version.feature_names),
        threshold=version.threshold,
        offset=version.offset,
        calibration=Calibration.from_json(version.calibration),
    )


def try_out(version: ModelVersion) -> None:
    """Return when the version opens and scores probe rows with finite numbers, twice the same.

    Raises ModelhubError with the reason otherwise (``smoke_test_failed`` for a fault while scoring).
    """
    probe(open_version(version))


def probe(model: ScoringModel, more: Matrix | None = None) -> None:
    """Return when the model scores probe rows with finite numbers, twice the same; raises as :func:`try_out`.

    ``more`` are unscaled rows, float64 (n, n_features), that it must be able to score too.
    """
    rows = _probe_rows(model)
    if more is not None and more.shape[1:] == rows.shape[1:]:
        rows = np.concatenate([rows, more])
    try:
        first = pipeline.score_features(model, rows).scores
        again = pipeline.score_features(model, rows).scores
    except ModelFailed:
        raise _failed(model) from None
    except ModelhubError:
        raise
    except Exception:
        # Whatever an estimator dies of here it would die of in every request.
        log.exception("probe rows could not be scored", extra={"version": model.reference})
        raise _failed(model) from None
    if not np.array_equal(first, again):
        raise GateFailed(
            Code.SMOKE_TEST_FAILED, f"{model.reference} scores the same rows differently each time."
        )


def _failed(model: ScoringModel) -> GateFailed:
    said = f"{model.reference} loads but fails while scoring. The log has the details."
    return GateFailed(Code.SMOKE_TEST_FAILED, said)


def _safe_form(version: ModelVersion) -> dict[Role, bytes]:
    # All of them, so that who has fetched them before asks the database nothing here.
    digests = {one.role: one.sha256 for one in version.artifacts.all()}
    for role in _SAFE_FORMS:
        if role in digests:
            return {role: Store(conf.store_root()).read(digests[role])}
    raise ArtefactCorrupt(
        Code.ARTEFACT_CORRUPT, f"{version} has no safe form in the store. Import its package again."
    )


def _probe_rows(model: ScoringModel) -> Matrix:
    """A few rows around the training mean: float64 (5, n_features); around 0 without a scaler."""
    width = len(model.feature_names)
    center = model.runtime.center if model.runtime.center is not None else np.zeros(width)
    spread = model.runtime.spread if model.runtime.spread is not None else np.ones(width)
    return np.stack([center + steps * spread for steps in (-3.0, -1.0, 0.0, 1.0, 3.0)])
