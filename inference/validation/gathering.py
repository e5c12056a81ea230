"""Everything there is to check about a version in the store, or about a package that was prepared."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np
from django.utils import timezone

from inference.features import catalog as feature_sets
from inference.runtimes import catalog as runtimes
from inference.runtimes.contract import Runtime
from inference.validation import sampling
from inference.validation.subject import Matrix, Sample, ScalerState, Scores, Subject
from modelhub import conf
from modelhub.artifacts.calibration import Calibration
from modelhub.artifacts.safeform import archive, structure, tables
from modelhub.artifacts.safeform import reference as second_evaluator
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Note, PreparedPackage, Role
from modelhub.errors import ArtefactCorrupt, ModelhubError
from modelhub.registry import storecheck
from modelhub.registry.models import ModelVersion

log = logging.getLogger(__name__)
Blob = Callable[[Role], bytes | None]
_SAFE_FORMS = (Role.FOREST_TABLES, Role.ESTIMATORS)


def of_version(version: ModelVersion, *, rows: Matrix | None = None) -> Subject:
    """The version as it is stored now; never raises for what is wrong with it. ``rows`` are the caller's."""
    files = {artifact.role: artifact.sha256 for artifact in version.artifacts.all()}
    damaged = frozenset(storecheck.damaged(files))
    blob = partial(_stored, {role: sha256 for role, sha256 in files.items() if role not in damaged})
    names = tuple(version.feature_names) if isinstance(version.feature_names, list) else ()
    opened = _open(blob, version.calibration, width=len(names), rows=rows)
    return Subject(
        reference=version.reference,
        feature_names=names,
        n_features=version.n_features,
        threshold=version.threshold,
        offset=version.offset,
        estimator=version.estimator,
        declared_type=version.declared_type,
        scaler_name=version.scaler,
        feature_set=version.feature_set,
        files=files,
        damaged=damaged,
        threshold_source=version.threshold_source,
        training_samples=version.training_samples,
        metrics=version.metrics,
        metadata=version.metadata,
        environment=version.environment,
        notes=_notes(version.notes),
        age_days=_age_days(version.trained_at),
        **opened,
    )


def of_package(prepared: PreparedPackage, *, rows: Matrix | None = None) -> Subject:
    """The prepared package, which need not be registered."""
    metadata, facts = prepared.metadata, prepared.facts
    contents = dict(prepared.blobs) | {
        role: file.path.read_bytes() for role, file in prepared.files.items() if role in _READ_AS_TEXT
    }
    opened = _open(contents.get, prepared.calibration, width=len(metadata.feature_names), rows=rows)
    created = metadata.created_at
    return Subject(
        reference=prepared.label,
        feature_names=metadata.feature_names,
        n_features=facts.n_features,
        threshold=prepared.threshold,
        offset=facts.offset,
        estimator=facts.estimator,
        declared_type=metadata.declared_type,
        scaler_name=facts.scaler,
        feature_set=feature_sets.identify(metadata.feature_names),
        files={role.value: file.sha256 for role, file in prepared.files.items()}
        | {role.value: "" for role in prepared.blobs},
        threshold_source=prepared.threshold_source,
        training_samples=metadata.training_samples,
        metrics=metadata.metrics,
        metadata=metadata.raw,
        environment=dict(metadata.environment) | dict(facts.environment),
        notes=prepared.notes,
        age_days=_age_days(
            created
            if created is None or created.tzinfo
            else created.replace(tzinfo=timezone.get_default_timezone())
        ),
        **opened,
    )


_READ_AS_TEXT = (Role.PROBE_ROWS, Role.CALIBRATION_SCORES)


def _open(blob: Blob, calibration: Any, *, width: int, rows: Matrix | None) -> dict[str, Any]:
    """The fields of a subject that need its files: samples and scaler, or why it cannot be opened."""
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


def _stored(digests: Mapping[str, str], role: Role) -> bytes | None:
    sha256 = digests.get(role)
    return None if sha256 is None else Store(conf.store_root()).read(sha256)


def _quietly(blob: Blob, role: Role) -> bytes | None:
    """A file that is only evidence; whether it is damaged is the integrity check's business."""
    try:
        return blob(role)
    except ArtefactCorrupt:
        return None


def _notes(stored: Any) -> tuple[Note, ...]:
    listed = stored if isinstance(stored, list) else []
    return tuple(
        Note(str(note.get("code", "")), str(note.get("detail", "")))
        for note in listed
        if isinstance(note, dict)
    )


def _age_days(trained_at: datetime | None) -> float | None:
    return None if trained_at is None else (timezone.now() - trained_at).total_seconds() / 86_400.0


@cache
def _installed() -> Mapping[str, str]:
    found = {}
    for name, distribution in (("sklearn", "scikit-learn"), ("numpy", "numpy"), ("joblib", "joblib")):
        try:
            found[name] = installed_version(distribution)
        except PackageNotFoundError:  # not needed to serve forests
            continue
    return found
