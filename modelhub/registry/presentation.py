"""Versions as JSON, for the API and for commands with ``--json``."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from modelhub.registry import extras
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion
from modelhub.registry.removal import Removal


def status(version: ModelVersion) -> str:
    """``deployed``, ``loaded``, ``available`` or ``inactive``; needs ``with_standing`` annotations."""
    if _standing(version, "is_deployed"):
        return "deployed"
    if _standing(version, "is_current"):
        return "loaded"
    return "available" if version.is_active else "inactive"


def summary(version: ModelVersion) -> dict[str, Any]:
    """One row of ``GET /models``; times aware UTC, sizes in bytes, metrics as declared (null: not given)."""
    return {
        "id": version.pk,
        "model": version.model.name,
        "version": version.label,
        "reference": version.reference,
        "status": status(version),
        "is_active": version.is_active,
        "is_current": _standing(version, "is_current"),
        "corrupt_at": version.corrupt_at,
        "aliases": sorted(alias.name for alias in version.aliases.all()),
        "model_type": version.estimator,
        "feature_set": version.feature_set or None,
        "created_at": version.trained_at,
        "imported_at": version.imported_at,
        "size_bytes": version.size_bytes,
        "sha256": version.digest,
        "metrics": version.metrics,
    }


def managed(versions: Sequence[ModelVersion]) -> list[dict[str, Any]]:
    """Rows of ``GET /model-management/models``, in a number of queries that does not grow with them.

    Made for ``with_open_deployment``; ``assigned_agents`` names who scores with the version by assignment.
    """
    known = extras.by_version([version.pk for version in versions])
    return [
        summary(version) | {"deployment": _in_force(version)} | known[version.pk] | {"assigned_agents": []}
        for version in versions
    ]


def details(version: ModelVersion) -> dict[str, Any]:
    """Everything known of one version: its managed row, contents, lineage and history, newest first."""
    return managed([version])[0] | {
        "declared_model_type": version.declared_type or None,
        "scaler": version.scaler or None,
        "runtime": version.runtime,
        "feature_names": version.feature_names,
        "threshold": version.threshold,
        "threshold_source": version.threshold_source,
        "offset": version.offset,
        "calibration": version.calibration,
        "training_samples": version.training_samples,
        "environment": version.environment,
        "pickle_globals": version.pickle_globals,
        "notes": version.notes,
        "metadata": version.metadata,
        "artifacts": [
            {"role": a.role, "sha256": a.sha256, "size_bytes": a.size_bytes} for a in version.artifacts.all()
        ],
        "transfers": [
            {
                "transfer_id": t.pk,
                "source": t.source.name if t.source else None,
                "original_path": t.origin,
                "status": t.status,
                "transferred_at": t.started_at,
                "initiated_by": t.actor,
            }
            for t in version.transfers.select_related("source")
        ],
        "deployments": [_deployment(d) for d in _with_others(version.deployments)],
        "history": [_event(e) for e in version.events.all()],
        "reports": _report_links(version),
    }


def removed(removal: Removal) -> dict[str, Any]:
    """Answer of a deletion; sizes in bytes."""
    return {
        "version": removal.version.label,
        "model": removal.version.model.name,
        "status": "deleted",
        "deleted_at": removal.deleted_at,
        "released_blobs": removal.released,
        "released_bytes": removal.released_bytes,
        "shared_blobs": removal.shared,
        "history_kept": True,
    }


def _in_force(version: ModelVersion) -> dict[str, Any] | None:
    found = getattr(version, "open_deployments", None)
    if found is None:
        found = list(_with_others(version.deployments.open()))
    return _deployment(found[0]) if found else None


def _report_links(version: ModelVersion) -> dict[str, str]:
    reference = quote(version.reference, safe=":+")
    return {
        "validation": f"/api/v1/model-management/{reference}/validation-report",
        "performance": f"/api/v1/model-management/performance/{reference}/report",
    }


def _with_others(deployments: Any) -> Any:
    return deployments.select_related("previous__model", "fallback_from")


def _deployment(deployment: Deployment) -> dict[str, Any]:
    return {
        "deployment_id": deployment.pk,
        "operation": deployment.operation,
        "deployed_at": deployment.deployed_at,
        "ended_at": deployment.ended_at,
        "deployed_by": deployment.actor,
        "reason": deployment.reason,
        "forced": deployment.forced,
        "previous_version": deployment.previous.label if deployment.previous else None,
        "fallback_from": deployment.fallback_from.label if deployment.fallback_from else None,
        "generation": deployment.generation,
    }


def _event(event: LifecycleEvent) -> dict[str, Any]:
    return {
        "operation": event.operation,
        "by": event.actor,
        "channel": event.channel,
        "at": event.happened_at,
        "reason": event.reason,
        "before": event.before,
        "after": event.after,
        "generation": event.generation,
    }


def _standing(version: ModelVersion, name: str) -> bool:
    """An annotation of ``with_standing``, worked out for a version that came without it."""
    if hasattr(version, name):
        return bool(getattr(version, name))
    if name == "is_current":
        return version.model.current_version_id == version.pk
    return version.deployments.open().exists()
