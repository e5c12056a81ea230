"""Transfers and packages of a source as JSON, for the API and for commands with ``--json``."""

from typing import Any

from modelhub.registry import presentation
from modelhub.registry.models import ModelVersion
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.discovery import Candidate, State
from modelhub.transfers.models import Transfer


def transfer(row: Transfer) -> dict[str, Any]:
    """One attempt; times aware UTC, duration in seconds, ``error`` null where it succeeded."""
    return {
        "transfer_id": row.pk,
        "source": row.source.name if row.source else None,
        "original_path": row.origin,
        "local_path": f"sha256:{row.digest}" if row.version else None,
        "version": row.version.label if row.version else row.label or None,
        "model": row.version.model.name if row.version else None,
        "transferred_at": row.started_at,
        "finished_at": row.finished_at,
        "duration": row.duration_s,
        "status": row.status,
        "step": row.step,
        "error": {"code": row.code, "detail": row.detail} if row.code or row.detail else None,
        "notes": row.notes,
        "initiated_by": row.actor,
    }


def imported(row: Transfer) -> dict[str, Any]:
    """The answer of a successful import: the attempt and the version it leads to."""
    version = ModelVersion.objects.with_standing().get(transfers=row)
    return {
        "status": row.status,
        "already_imported": row.status == TransferStatus.UNCHANGED,
        "version": presentation.summary(version),
        "transfer": transfer(row),
    }


def package(candidate: Candidate) -> dict[str, Any]:
    """One package of a source; declared values as the package gives them, ``created_at`` in UTC."""
    found, problem = candidate.package, candidate.problem
    return {
        "source": candidate.source.name,
        "path": candidate.path,
        "model": candidate.model,
        "version": found.label,
        "created_at": candidate.created_at,
        "model_type": found.declared_type or None,
        "training_samples": found.training_samples,
        "evaluation_metrics": dict(found.metrics),
        "imported": candidate.state is State.IMPORTED,
        "imported_as": candidate.version.reference if candidate.version else None,
        "importable": candidate.state is not State.NOT_IMPORTABLE,
        "problem": {"code": problem.code, "detail": problem.detail} if problem else None,
    }
