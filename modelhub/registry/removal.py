"""Deleting a version: its files go, its history stays, its label and content are free again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.errors import Code, Conflict, NotFound
from modelhub.registry import history, uses
from modelhub.registry.choices import Operation
from modelhub.registry.models import Artifact, ModelVersion, RegisteredModel


@dataclass(frozen=True, slots=True)
class Removal:
    """What a deletion did; ``released`` blobs belong to nothing any more, ``shared`` ones to others too."""

    version: ModelVersion
    deleted_at: datetime
    released: int
    released_bytes: int
    shared: int


def delete(version: ModelVersion, actor: Actor, *, reason: str = "") -> Removal:
    """The version is in no list any more and nothing refers to its blobs, which the daily sweep removes.

    Deployments, history, transfers, reports and metrics stay and go on naming it. Raises Conflict
    (``version_in_use``) while it is deployed, loaded, held by an alias or used by a job, NotFound
    (``version_not_found``) when it was deleted meanwhile.
    """
    with trail.faults_recorded("version.delete", version.reference, actor, reason=reason):
        return _delete(version, actor, reason)


def _delete(version: ModelVersion, actor: Actor, reason: str) -> Removal:
    with transaction.atomic():
        # Deploy, load and alias take the same lock, so none of them can choose it after this look.
        model = RegisteredModel.objects.select_for_update(no_key=True).get(pk=version.model_id)
        row = ModelVersion.objects.select_related("model").filter(pk=version.pk).first()
        if row is None:
            raise NotFound(Code.VERSION_NOT_FOUND, f"{version} was deleted already.")
        if found := uses.of(row):
            raise Conflict(
                Code.VERSION_IN_USE,
                f"{row} cannot be deleted: {', '.join(found)}. End that first.",
            )
        removal = _mark(row)
        before = {"label": row.label, "digest": row.digest}
        after = {"released_bytes": removal.released_bytes}
        history.write(
            model,
            row,
            Operation.DELETE,
            actor,
            action="version.delete",
            reason=reason,
            before=before,
            after=after,
        )
    return removal


def _mark(version: ModelVersion) -> Removal:
    blobs = dict(version.artifacts.values_list("sha256", "size_bytes"))
    elsewhere = Artifact.objects.filter(sha256__in=blobs).exclude(version=version)
    shared = set(elsewhere.values_list("sha256", flat=True))
    version.artifacts.all().delete()
    version.deleted_at = timezone.now()
    version.save(update_fields=["deleted_at"])
    released = {digest: size for digest, size in blobs.items() if digest not in shared}
    return Removal(version, version.deleted_at, len(released), sum(released.values()), len(shared))
