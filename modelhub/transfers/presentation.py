"""Transfers and packages of a source as JSON, for the API and for commands with ``--json``."""

from collections import Counter
from typing import Any

from modelhub.registry import presentation
from modelhub.registry.models import ModelVersion
from modelhub.transfers import cleanup, importing, quality
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.cleanup import Cleared
from modelhub.transfers.discovery import Candidate, Scan, State
from modelhub.transfers.latest import Latest
from modelhub.transfers.models import Transfer


def transfer(row: Transfer) -> dict[str, Any]:
    """One attempt; times aware UTC, duration in seconds, ``error`` null where it succeeded."""
    return {
        "transfer_id": row.pk,
        "kind": row.kind,
        "source": row.source.name if row.source else None,
        "original_path": row.origin,
        "local_path": f"sha256:{row.digest}" if row.version else None,
        "version": row.version.label if row.version else row.label or None,
        "model": row.version.model.name if row.version else row.model_name or None,
        "transferred_at": row.started_at,
        "finished_at": row.finished_at,
        "duration": row.duration_s,
        "status": row.status,
        "step": row.step,
        "progress": progress(row),
        "queued_at": row.queued_at,
        "heartbeat_at": row.heartbeat_at,
        "attempts": row.attempts,
        "error": {"code": row.code, "detail": row.detail} if row.code or row.detail else None,
        "notes": row.notes,
        "initiated_by": row.actor,
    }


def progress(row: Transfer) -> dict[str, Any]:
    """The step that is being taken, its number from 1 of all, and the percentage of steps behind it."""
    steps = importing.STEPS
    index = steps.index(row.step) + 1 if row.step in steps else 0
    done = row.version_id is not None and not row.is_open
    percent = 100 if done else round(max(index - 1, 0) / len(steps) * 100)
    return {"step": row.step, "index": index, "steps": len(steps), "percent": percent}


def up_to_date(found: Latest) -> dict[str, Any]:
    """The answer of an import of the newest where there is nothing new: what was looked at."""
    count = len(found.scans)
    away = sum(1 for scan in found.scans if scan.problem)
    said = f"Nothing new in {count} {'source' if count == 1 else 'sources'}."
    return {
        "status": "up_to_date",
        "message": f"{said} {away} did not answer." if away else said,
        "looked_at": [_looked_at(scan) for scan in found.scans],
        "already_known": [transfer(row) for row in found.known],
    }


def cleared(result: Cleared, days: int) -> dict[str, Any]:
    """The answer of a clean-up."""
    return {
        "status": "cleared",
        "deleted": result.deleted,
        "kept": result.kept,
        "message": cleanup.sentence(result, days),
    }


def _looked_at(scan: Scan) -> dict[str, Any]:
    counts = Counter(candidate.state for candidate in scan.candidates)
    problem = {"code": scan.problem.code, "detail": scan.problem.detail} if scan.problem else None
    return {
        "source": scan.source.name,
        "packages": len(scan.candidates),
        **{state.name.lower(): counts[state] for state in State},
        "problem": problem,
    }


def imported(row: Transfer) -> dict[str, Any]:
    """The answer of a successful import: the attempt and the version it leads to."""
    version = ModelVersion.objects.with_standing().get(transfers=row)
    return {
        "status": row.status,
        "already_imported": row.status == TransferStatus.UNCHANGED,
        "version": presentation.summary(version),
        "validation": quality.answer(row, version),
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
