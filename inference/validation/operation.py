"""Validating a version: all checks on what is stored now, kept as a row that never changes."""

import time

from django.db import transaction

from inference.models import ValidationReport
from inference.validation import gathering, verdict
from inference.validation.report import Report, checks_json, read_checks
from inference.validation.subject import Matrix
from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.registry.models import ModelVersion


def validate(
    version: ModelVersion, actor: Actor, *, reference_rows: Matrix | None = None
) -> ValidationReport:
    """A new report on the version, whatever the verdict. Hook ``VALIDATE_VERSION``.

    ``reference_rows`` float64 (n, n_features), unscaled and finite, columns in the version's order, are
    scored too; they can warn but never fail a version, because nobody says that they are ordinary.
    """
    started = time.perf_counter()
    report = examine(version, reference_rows=reference_rows)
    duration_s = time.perf_counter() - started
    with transaction.atomic():
        before = latest(version)
        row = ValidationReport.objects.create(
            version=version,
            is_valid=report.is_valid,
            score=report.score,
            rules=report.rules,
            checks=checks_json(report.checks),
            quality_metrics=dict(report.quality_metrics),
            reference_rows=0 if reference_rows is None else len(reference_rows),
            actor=actor.name[:150],
            channel=actor.channel,
            duration_s=duration_s,
        )
        trail.record(
            "version.validate",
            version.reference,
            actor,
            before={"report": before.pk, "is_valid": before.is_valid, "score": before.score}
            if before
            else None,
            after={
                "report": row.pk,
                "is_valid": row.is_valid,
                "score": row.score,
                "rules": row.rules,
                "failed": [check.name for check in report.failed],
            },
        )
    return row


def examine(version: ModelVersion, *, reference_rows: Matrix | None = None) -> Report:
    """The report that :func:`validate` would store; nothing is written."""
    return verdict.examine(gathering.of_version(version, rows=reference_rows))


def latest(version: ModelVersion, *, rules: int | None = None) -> ValidationReport | None:
    """The newest stored report on the version, by ``rules`` where given."""
    rows = ValidationReport.objects.filter(version=version)
    return (rows if rules is None else rows.filter(rules=rules)).order_by("-id").first()


def report_of(row: ValidationReport) -> Report:
    """The stored row as a report value."""
    return Report(read_checks(row.checks), row.rules, row.quality_metrics)
