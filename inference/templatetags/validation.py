"""The panel of a version page that only this app can fill: its newest validation report."""

from typing import Any

from django import template

from inference.validation import operation
from inference.validation.catalog import RULES
from inference.validation.findings import Severity
from modelhub.registry.models import ModelVersion

register = template.Library()


@register.simple_tag
def newest_validation(version: ModelVersion) -> dict[str, Any] | None:
    """The newest report with its errors and warnings; None where the version was never validated."""
    row = operation.latest(version)
    if row is None:
        return None
    report = operation.report_of(row)
    return {
        "row": row,
        "percent": round(row.score * 100),
        "errors": report.sentences(Severity.ERROR),
        "warnings": report.sentences(Severity.WARNING),
        "is_outdated": row.rules != RULES,
    }
