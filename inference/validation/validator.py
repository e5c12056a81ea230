"""Validation for Python callers: versions by reference, packages by path.

Importing this module is enough to make Django ready, so a plain script needs nothing else.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from modelhub.standalone import ensure_django

ensure_django()

from inference import pipeline  # noqa: E402 (Django must be set up first)
from inference.runtimes import catalog as runtimes  # noqa: E402
from inference.serving import opening  # noqa: E402
from inference.validation import (  # noqa: E402
    compatibility,
    document,
    drift,
    operation,
    presentation,
    resolving,
    sampling,
)
from modelhub import conf  # noqa: E402
from modelhub.artifacts.types import PreparedPackage, Role  # noqa: E402
from modelhub.facades import called, caller  # noqa: E402

Rows = npt.ArrayLike | Sequence[Any]


class ModelValidator:
    """The validation endpoints without HTTP.

    ``model_path`` is everywhere a reference (``LABEL``, ``NAME:LABEL``, ``NAME@ALIAS``) or the path of a
    package folder or zip, which is opened in the quarantine and not registered. ``name`` is who the stored
    reports are of; without it the owner of the process. All methods raise ModelhubError: NotFound for a
    reference or path that is nothing, Unavailable while the database or the quarantine is away.
    """

    def __init__(self, name: str = "") -> None:
        self._name = name

    async def validate_model_quality(self, model_path: str) -> dict[str, Any]:
        """ModelValidationResult. The report on a version is stored; a package that an import would refuse is
        an invalid one with the reason.
        """
        return await called(self._quality, model_path)

    async def validate_model_compatibility(
        self, model_path: str, target_features: Sequence[str]
    ) -> dict[str, Any]:
        """ModelCompatibilityResult: ``compatible`` where every feature that the model needs is offered.

        Raises PackageRefused for a package that cannot be opened.
        """
        return await called(_compatibility, model_path, list(target_features))

    async def check_model_drift(self, model_path: str, reference_data: Rows | None = None) -> dict[str, Any]:
        """ModelDriftResult of the given rows against the training profile; nothing is stored.

        Rows are lists in the model's order, objects by name, or a matrix (n, n_features). Without rows or
        without a profile the verdict is ``insufficient_data``. Raises InputInvalid for malformed rows,
        PackageRefused for a package that cannot be opened.
        """
        return await called(_drift, model_path, _lists(reference_data))

    async def generate_validation_report(self, model_path: str) -> dict[str, Any]:
        """ModelValidationReport: the newest stored one, else one made now and not stored."""
        return await called(_report, model_path)

    def _quality(self, model_path: str) -> dict[str, Any]:
        version = resolving.version_named(model_path)
        if version is None:
            return presentation.outcome(resolving.inspect(model_path).report)
        return presentation.result(operation.validate(version, caller(self._name)))


def _report(model_path: str) -> dict[str, Any]:
    version = resolving.version_named(model_path)
    return resolving.inspect(model_path).document() if version is None else document.of_version(version)


def _compatibility(model_path: str, offered: list[str]) -> dict[str, Any]:
    version = resolving.version_named(model_path)
    if version is not None:
        compared = compatibility.compare(version.feature_names, offered)
        return presentation.compatible(compared, model=version.model.name, version=version.label)
    with resolving.opened(model_path) as prepared:
        compared = compatibility.compare(prepared.metadata.feature_names, offered)
        return presentation.compatible(compared, model="", version=prepared.label)


def _drift(model_path: str, value: list[Any] | None) -> dict[str, Any]:
    version = resolving.version_named(model_path)
    if version is None:
        with resolving.opened(model_path) as prepared:
            return _package_drift(prepared, value)
    rows = resolving.rows_for_version(version, value)
    scores = None if rows is None else pipeline.score_features(opening.open_version(version), rows).scores
    calendar = conf.hook("CALENDAR_FEATURES")(version.feature_set)
    return drift.check(
        drift.of_version(version), rows, scores, threshold=version.threshold, calendar=calendar
    ) | {"model": version.model.name, "version": version.label}


def _package_drift(prepared: PreparedPackage, value: list[Any] | None) -> dict[str, Any]:
    rows = resolving.rows_for_package(prepared, value)
    scores = None if rows is None else runtimes.open_runtime(dict(prepared.blobs)).score(rows)
    read = partial(_text, prepared)
    reference = drift.of_package(
        read(Role.REFERENCE_PROFILE),
        sampling.brought_scores(read(Role.CALIBRATION_SCORES)),
        prepared.threshold,
    )
    feature_set = conf.hook("IDENTIFY_FEATURE_SET")(prepared.metadata.feature_names)
    calendar = conf.hook("CALENDAR_FEATURES")(feature_set)
    return drift.check(reference, rows, scores, threshold=prepared.threshold, calendar=calendar) | {
        "model": None,
        "version": prepared.label,
    }


def _text(prepared: PreparedPackage, role: Role) -> bytes | None:
    file = prepared.files.get(role)
    return None if file is None else file.path.read_bytes()


def _lists(value: Rows | None) -> list[Any] | None:
    """Rows as JSON would bring them, so that arrays, tuples and lists meet the same checks."""
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        return value.tolist() if value.ndim == 2 else [value.tolist()]
    rows = list(value) if isinstance(value, Sequence) else np.asarray(value).tolist()
    return [
        row.tolist() if isinstance(row, np.ndarray) else list(row) if isinstance(row, tuple) else row
        for row in rows
    ]
