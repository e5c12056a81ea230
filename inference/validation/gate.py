"""What the quality checks say against serving a version."""

from inference.validation import catalog, operation
from inference.validation.report import Report
from modelhub.actors import Actor
from modelhub.errors import FieldError
from modelhub.registry.models import ModelVersion


def problems(version: ModelVersion, actor: Actor | None = None) -> tuple[FieldError, ...]:
    """One entry per error of the newest report by the present rules; empty means the version may serve.

    Without such a report one is made on the spot and kept under the name of ``actor``; without an actor
    (a page that only looks) it is made and not kept. Hook ``QUALITY_GATE``.
    """
    row = operation.latest(version, rules=catalog.RULES)
    if row is None and actor is not None:
        row = operation.validate(version, actor)
    report = operation.examine(version) if row is None else operation.report_of(row)
    return _errors(report)


def _errors(report: Report) -> tuple[FieldError, ...]:
    return tuple(
        FieldError("", f"{check.title}: {finding.description}", finding.code)
        for check in report.failed
        for finding in check.findings
        if finding.severity == "error"
    )
