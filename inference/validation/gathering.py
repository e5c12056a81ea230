"""Everything there is to check about a version in the store, or about a package that was prepared."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.utils import timezone

from inference.features import catalog as feature_sets
from inference.validation import opened
from inference.validation.subject import Matrix, Subject
from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Note, PreparedPackage, Role
from modelhub.registry import storecheck
from modelhub.registry.models import ModelVersion

_READ_AS_TEXT = (Role.PROBE_ROWS, Role.CALIBRATION_SCORES)


def of_version(version: ModelVersion, *, rows: Matrix | None = None) -> Subject:
    """The version as it is stored now; never raises for what is wrong with it. ``rows`` are the caller's."""
    files = {artifact.role: artifact.sha256 for artifact in version.artifacts.all()}
    damaged = frozenset(storecheck.damaged(files))
    blob = partial(_stored, {role: sha256 for role, sha256 in files.items() if role not in damaged})
    names = tuple(version.feature_names) if isinstance(version.feature_names, list) else ()
    found = opened.fields(blob, version.calibration, width=len(names), rows=rows)
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
        **found,
    )


def of_package(prepared: PreparedPackage, *, rows: Matrix | None = None) -> Subject:
    """The prepared package, which need not be registered."""
    metadata, facts = prepared.metadata, prepared.facts
    contents = dict(prepared.blobs) | {
        role: file.path.read_bytes() for role, file in prepared.files.items() if role in _READ_AS_TEXT
    }
    found = opened.fields(contents.get, prepared.calibration, width=len(metadata.feature_names), rows=rows)
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
        age_days=_age_days(metadata.created_at),
        **found,
    )


def _stored(digests: Mapping[str, str], role: Role) -> bytes | None:
    sha256 = digests.get(role)
    return None if sha256 is None else Store(conf.store_root()).read(sha256)


def _notes(stored: Any) -> tuple[Note, ...]:
    listed = stored if isinstance(stored, list) else []
    return tuple(
        Note(str(note.get("code", "")), str(note.get("detail", "")))
        for note in listed
        if isinstance(note, dict)
    )


def _age_days(trained_at: datetime | None) -> float | None:
    """Days since then; a time without a zone is taken as UTC, as the registry does."""
    if trained_at is None:
        return None
    moment = trained_at if trained_at.tzinfo else trained_at.replace(tzinfo=UTC)
    return (timezone.now() - moment).total_seconds() / 86_400.0
