"""The whole registry as one JSON document: what there is, what it is made of, what was done with it.

The same state gives the same text, but for the time of writing: keys are sorted, lists have an order.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion, RegisteredModel

KIND = "modelhub-registry"
SCHEMA = 1


def lines(model_name: str | None = None) -> Iterator[str]:
    """The document as pieces of text, one registered model after the other; of one model with its name.

    Read it to its end at once: it holds a snapshot of the database meanwhile. Raises DatabaseError.
    """
    with _snapshot():
        head = {
            "document": KIND,
            "schema": SCHEMA,
            "hub": {"address": conf.text("PUBLIC_URL") or None, "default_model": conf.default_model()},
            "written_at": timezone.now(),
        }
        yield _json(head).rstrip("\n}") + ',\n "models": ['
        models = RegisteredModel.objects.select_related("current_version").order_by("name")
        if model_name is not None:
            models = models.filter(name=model_name)
        for place, model in enumerate(models.iterator(chunk_size=100)):
            yield ("," if place else "") + "\n" + _json(_model(model))
        yield "\n ]\n}\n"


def exported(model_name: str | None, actor: Actor) -> None:
    """The audit trail says who took the document away, of which model."""
    trail.record("registry.export", model_name or "all models", actor)


def described(version: ModelVersion) -> dict[str, Any]:
    """The version's entry as it reads back from a document."""
    entry: dict[str, Any] = json.loads(_json(_version(version)))
    return entry


@contextmanager
def _snapshot() -> Iterator[None]:
    """One state of the database from beginning to end; inside a transaction, that transaction's."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _model(model: RegisteredModel) -> dict[str, Any]:
    versions = ModelVersion.objects.filter(model=model).prefetch_related("artifacts", "transfers__source")
    deployments = model.deployments.select_related("version", "previous").order_by("id")
    events = model.events.select_related("version").order_by("id")
    return {
        "name": model.name,
        "description": model.description,
        "generation": model.generation,
        "current_version": model.current_version.label if model.current_version else None,
        "created_at": model.created_at,
        "aliases": {
            alias.name: {"version": alias.version.label, "digest": alias.version.digest}
            for alias in model.aliases.select_related("version").order_by("name")
        },
        "versions": [_version(version) for version in versions.order_by("label")],
        "deployments": [_deployment(deployment) for deployment in deployments],
        "history": [_event(event) for event in events],
    }


def _version(version: ModelVersion) -> dict[str, Any]:
    return {
        "version": version.label,
        "digest": version.digest,
        "is_active": version.is_active,
        "model_type": version.estimator,
        "declared_model_type": version.declared_type,
        "scaler": version.scaler,
        "runtime": version.runtime,
        "feature_set": version.feature_set,
        "feature_names": version.feature_names,
        "threshold": version.threshold,
        "threshold_source": version.threshold_source,
        "offset": version.offset,
        "calibration": version.calibration,
        "training_samples": version.training_samples,
        "created_at": version.trained_at,
        "imported_at": version.imported_at,
        "metrics": version.metrics,
        "metadata": version.metadata,
        "environment": version.environment,
        "pickle_globals": version.pickle_globals,
        "notes": version.notes,
        "size_bytes": version.size_bytes,
        "artifacts": {
            artifact.role: {"sha256": artifact.sha256, "size_bytes": artifact.size_bytes}
            for artifact in version.artifacts.all()
        },
        "sources": _sources(version),
    }


def _sources(version: ModelVersion) -> list[dict[str, str]]:
    """Where its package came from, as paths below training sources; paths of this machine stay here."""
    found = {
        (transfer.source.name, transfer.origin) for transfer in version.transfers.all() if transfer.source
    }
    return [{"source": source, "path": path} for source, path in sorted(found) if not path.startswith("/")]


def _deployment(deployment: Deployment) -> dict[str, Any]:
    previous = deployment.previous
    return {
        "version": deployment.version.label,
        "digest": deployment.version.digest,
        "previous_version": previous.label if previous else None,
        "operation": deployment.operation,
        "generation": deployment.generation,
        "deployed_at": deployment.deployed_at,
        "ended_at": deployment.ended_at,
        "by": deployment.actor,
        "channel": deployment.channel,
        "reason": deployment.reason,
        "forced": deployment.forced,
    }


def _event(event: LifecycleEvent) -> dict[str, Any]:
    return {
        "version": event.version.label,
        "digest": event.version.digest,
        "operation": event.operation,
        "generation": event.generation,
        "at": event.happened_at,
        "by": event.actor,
        "channel": event.channel,
        "reason": event.reason,
        "before": event.before,
        "after": event.after,
    }


def _json(value: Any) -> str:
    return json.dumps(value, default=_moment, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no place in a registry document")
    return value.astimezone(UTC).isoformat()
