"""Scoring jobs: which files were scored, by which version, with what result."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from inference.choices import JobStatus
from inference.models import BatchJob
from modelhub.console import badges
from modelhub.console.admin import HubAdmin
from modelhub.console.columns import moment, text
from modelhub.console.pages import Fact
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.querysets import large_columns

TONES = {JobStatus.RUNNING: "info", JobStatus.DONE: "good", JobStatus.FAILED: "bad"}


@admin.register(BatchJob)
class BatchJobAdmin(ReadOnlyRows, HubAdmin):
    """Append-only: scoring a file leaves a row, also when it failed."""

    report_template = "admin/console/record.html"
    list_display = (
        "number",
        "state",
        "files",
        "records",
        "anomalies",
        "speed",
        "version",
        text("actor", "by"),
        moment("started_at", "when"),
    )
    list_display_links = ("number", "files")
    list_filter = ("status", "channel", ("version", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("version__model",)
    list_defer = large_columns("version")
    search_fields = ("name", "actor")
    lead = "Log files that were scored, and what they gave."
    empty_title = "Nothing was scored yet"
    empty_text = "Score a log file with “manage.py analyzelogs FILE”; the job and its anomalies appear here."

    def report_rows(self) -> Any:
        return BatchJob.objects.select_related("version__model")

    def report_context(self, request: HttpRequest, row: BatchJob) -> dict[str, Any]:
        return {"facts": _facts(row), "badges": [_state(row)], "problem": row.detail}

    @admin.display(description="#", ordering="id")
    def number(self, job: BatchJob) -> str:
        return f"#{job.pk}"

    @admin.display(description="status", ordering="status")
    def state(self, job: BatchJob) -> SafeString:
        return badges.badge(*_state(job))

    @admin.display(description="files")
    def files(self, job: BatchJob) -> SafeString:
        return badges.code(job.name, limit=60)

    @admin.display(description="speed")
    def speed(self, job: BatchJob) -> str:
        return speed_of(job)


def speed_of(job: BatchJob) -> str:
    """Records per second in words; empty while unknown."""
    return f"{job.records / job.duration_s:,.0f}/s" if job.duration_s and job.records else ""


def _kept(job: BatchJob) -> str:
    known = f", {job.known:,} known from an earlier scoring" if job.known else ""
    return f"{job.anomalies:,} found, {job.stored:,} kept (severest first){known}"


def _state(job: BatchJob) -> tuple[str, str]:
    return str(job.get_status_display()), TONES[JobStatus(job.status)]


def _facts(row: BatchJob) -> list[Fact]:
    version = reverse("admin:registry_modelversion_change", args=[row.version_id])
    anomalies = f"{reverse('admin:monitoring_anomaly_changelist')}?version__id__exact={row.version_id}"
    return [
        Fact("Files", row.name, code=True),
        Fact("Scored by", row.version.reference, href=version),
        Fact("Records", f"{row.records:,}"),
        Fact("Rejected", f"{row.rejected:,}"),
        Fact("Anomalies", _kept(row), href=anomalies),
        Fact("Records per batch", f"{row.batch_records:,}", hint="Features depend on the batch."),
        Fact("First record", row.first_record_at),
        Fact("Last record", row.last_record_at),
        Fact("By", f"{row.actor} ({row.channel})"),
        Fact("Started", row.started_at),
        Fact("Finished", row.finished_at),
        Fact("Speed", speed_of(row)),
    ]
