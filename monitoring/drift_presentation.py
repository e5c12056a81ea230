"""Drift checks as plain JSON values, for the API, commands and lists of versions."""

from typing import Any

from monitoring.drift.result import Verdict
from monitoring.models import DriftCheck


def drift_result(row: DriftCheck) -> dict[str, Any]:
    """One check in the contract's words (ModelDriftResult); times aware UTC, shares and effects 0 to 1."""
    return {
        "check_id": row.pk,
        "model": row.version.model.name,
        "version": row.version.label,
        "drift_detected": row.verdict == Verdict.DRIFT,
        "verdict": str(row.verdict),
        "detail": row.detail,
        "drift_score": row.drift_score,
        "confidence": row.confidence,
        "threshold": row.threshold,
        "indicators": row.indicators,
        "features": row.features,
        "reference": row.reference,
        "current": row.current,
        "settings": row.settings,
        "checked_at": row.checked_at,
        "checked_by": row.actor,
        "duration": row.duration_s,
    }


def last_check(row: DriftCheck) -> dict[str, Any]:
    """What a list of versions shows of its newest check."""
    return {
        "check_id": row.pk,
        "verdict": str(row.verdict),
        "drift_detected": row.verdict == Verdict.DRIFT,
        "drift_score": row.drift_score,
        "checked_at": row.checked_at,
    }
