"""A prepared package becomes a version: its rows, its history entry, or the version it already is."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import transaction

from modelhub import conf
from modelhub.actors import Actor
from modelhub.artifacts.types import Note, PreparedPackage, Role
from modelhub.errors import Code, Conflict
from modelhub.registry import scrub, storecheck
from modelhub.registry.choices import Operation, Runtime
from modelhub.registry.models import Artifact, LifecycleEvent, ModelVersion, RegisteredModel

Stored = Mapping[Role, tuple[str, int]]

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def register(
    prepared: PreparedPackage, *, model: RegisteredModel, store_digests: Stored, actor: Actor
) -> tuple[ModelVersion, bool]:
    """The version of that content in that model, and True when it was created by this call.

    Runs in the caller's transaction and holds the model's row until it ends, so of two imports of
    one content the second finds the version of the first. ``store_digests`` is (sha256, bytes) of
    every blob already in the store. Where blobs of the existing version are damaged, its rows now lead
    to the given ones. Raises Conflict (``version_conflict``) when the label is taken by other content.
    """
    locked = RegisteredModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if existing := find_registered(locked.name, label=prepared.label, digest=prepared.digest):
        _repair(existing, prepared, store_digests)
        return existing, False
    version = _create(prepared, locked, sum(size for _, size in store_digests.values()))
    _refer(version, store_digests)
    LifecycleEvent.objects.create(
        model=locked,
        version=version,
        operation=Operation.IMPORT,
        actor=actor.name,
        channel=actor.channel,
        after={"label": version.label, "digest": version.digest},
        generation=locked.generation,
    )
    return version, True


def _repair(version: ModelVersion, prepared: PreparedPackage, stored: Stored) -> None:
    """No row of the version leads to a damaged blob, as far as this arrival of its content can help.

    Only the manifest and features.json are not part of every form of a content: a damaged one that did
    not come again is let go.
    """
    kept = {artifact.role: artifact for artifact in version.artifacts.all()}
    bad = storecheck.damaged({role: artifact.sha256 for role, artifact in kept.items()})
    if kept and not bad:
        _unmark(version)
        return
    version.artifacts.filter(role__in=bad).delete()
    _refer(version, {role: blob for role, blob in stored.items() if role in bad or role not in kept})
    version.runtime = _runtime(prepared)
    version.size_bytes = sum(version.artifacts.values_list("size_bytes", flat=True))
    version.save(update_fields=["runtime", "size_bytes"])
    _unmark(version)


def _unmark(version: ModelVersion) -> None:
    """What was marked as damaged is looked at again once the import stands."""
    if version.corrupt_at is not None:
        transaction.on_commit(lambda: scrub.settle(version, storecheck.fault(version)))


def _refer(version: ModelVersion, stored: Stored) -> None:
    Artifact.objects.bulk_create(
        Artifact(version=version, role=role, sha256=sha256, size_bytes=size)
        for role, (sha256, size) in stored.items()
    )


def _runtime(prepared: PreparedPackage) -> Runtime:
    return Runtime.FOREST if Role.FOREST_TABLES in prepared.blobs else Runtime.SKLEARN


def find_registered(model_name: str, *, label: str, digest: str) -> ModelVersion | None:
    """The version of that content in the named model, or None when content and label are both free.

    Raises Conflict (``version_conflict``) when the label belongs to other content.
    """
    versions = ModelVersion.objects.with_standing().filter(model__name=model_name)
    if same_content := versions.filter(digest=digest).first():
        return same_content
    if same_label := versions.filter(label=label).first():
        raise Conflict(
            Code.VERSION_CONFLICT,
            f"{same_label} already exists with other content ({same_label.digest[:12]}, this package is "
            f"{digest[:12]}). Give the package a new version label, or import it into another model.",
        )
    return None


def _create(prepared: PreparedPackage, model: RegisteredModel, size_bytes: int) -> ModelVersion:
    metadata, facts = prepared.metadata, prepared.facts
    trained_at, notes = _trained_at(metadata.created_at)
    return ModelVersion.objects.create(
        model=model,
        label=prepared.label,
        digest=prepared.digest,
        estimator=facts.estimator,
        scaler=facts.scaler,
        declared_type=metadata.declared_type[:128],
        runtime=_runtime(prepared),
        feature_set=conf.hook("IDENTIFY_FEATURE_SET")(metadata.feature_names),
        feature_names=list(metadata.feature_names),
        n_features=facts.n_features,
        threshold=prepared.threshold,
        threshold_source=prepared.threshold_source,
        offset=facts.offset,
        calibration=dict(prepared.calibration),
        training_samples=metadata.training_samples,
        trained_at=trained_at,
        metrics=dict(metadata.metrics),
        metadata=dict(metadata.raw),
        environment=dict(metadata.environment) | dict(facts.environment),
        pickle_globals=list(facts.globals),
        notes=[{"code": note.code, "detail": note.detail} for note in (*prepared.notes, *notes)],
        size_bytes=size_bytes,
    )


def _trained_at(declared: datetime | None) -> tuple[datetime | None, tuple[Note, ...]]:
    """The declared time in UTC; a naive one is taken as UTC, an impossible one dropped, both noted."""
    if declared is None:
        return None, ()
    try:
        moment = (declared if declared.tzinfo else declared.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        moment = _LATEST
    if not _EARLIEST <= moment < _LATEST:
        return None, (
            Note("metadata_suspect", "The declared time of training is impossible and is not used."),
        )
    if declared.tzinfo is None:
        note = Note(
            "created_at_without_zone", "The time of training has no time zone; it is shown as if UTC."
        )
        return moment, (note,)
    return moment, ()
