"""Validation results as JSON, for the API, the commands and the façade."""

from typing import Any

from inference.models import ValidationReport
from inference.validation.compatibility import Compatibility
from inference.validation.findings import Severity
from inference.validation.operation import report_of
from inference.validation.report import Report, checks_json


def result(row: ValidationReport) -> dict[str, Any]:
    """ModelValidationResult of a stored report."""
    return outcome(report_of(row)) | {
        "report_id": row.pk,
        "model": row.version.model.name,
        "version": row.version.label,
        "validated_at": row.validated_at,
        "reference_rows": row.reference_rows,
    }


def outcome(report: Report) -> dict[str, Any]:
    """The part of a ModelValidationResult that needs no row."""
    return {
        "is_valid": report.is_valid,
        "score": report.score,
        "rules": report.rules,
        "errors": report.sentences(Severity.ERROR),
        "warnings": report.sentences(Severity.WARNING),
        "recommendations": report.recommendations,
        "quality_metrics": dict(report.quality_metrics),
        "issues": [
            {"severity": str(f.severity), "code": f.code, "description": f.description}
            for f in report.findings
        ],
        "checks": checks_json(report.checks),
        "report_id": None,
    }


def brief(row: ValidationReport) -> dict[str, Any]:
    """What lists and imports show of a report."""
    report = report_of(row)
    return {
        "report_id": row.pk,
        "is_valid": row.is_valid,
        "score": row.score,
        "rules": row.rules,
        "errors": report.sentences(Severity.ERROR),
        "warnings": report.sentences(Severity.WARNING),
        "validated_at": row.validated_at,
    }


def compatible(found: Compatibility, *, model: str, version: str) -> dict[str, Any]:
    """ModelCompatibilityResult."""
    return {
        "model": model,
        "version": version,
        "compatible": found.is_compatible,
        "missing_features": list(found.missing),
        "extra_features": list(found.extra),
        "duplicate_features": list(found.duplicates),
        "order_matches": found.order_matches,
        "feature_mismatch_score": found.mismatch,
    }
