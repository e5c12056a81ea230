"""Anomalies: newest first, narrowed in a click, each with its reasons and what happened around it."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from modelhub.console import badges
from modelhub.console.admin import HubAdmin
from modelhub.console.columns import moment, shortened, text
from modelhub.console.pages import Fact
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.querysets import large_columns
from monitoring import reasons
from monitoring.admin.filters import ProgramFilter, RecentFilter, SeverityFilter
from monitoring.models import Anomaly

WHEN = moment("observed_at", "time", seconds=True)
AROUND = timedelta(minutes=5)
NEIGHBOURS = 25


@admin.register(Anomaly)
class AnomalyAdmin(ReadOnlyRows, HubAdmin):
    """Append-only: scoring writes anomalies, nobody edits them."""

    report_template = "admin/console/anomaly.html"
    list_display = ("how_severe", WHEN, text("program"), "short_message", "why", "version")
    list_display_links = ("how_severe", WHEN, "short_message")
    list_filter = (SeverityFilter, RecentFilter, ProgramFilter, ("version", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("version__model",)
    list_defer = large_columns("version")
    search_fields = ("message", "program", "host", "record_id", "run")
    search_help_text = "Message, program, host, record or run"
    lead = "Log records that scored above the threshold, newest first by the time of the record."
    empty_title = "No anomalies"
    empty_text = (
        "Either nothing was scored yet or nothing was unusual. Score a log file with "
        "“manage.py analyzelogs FILE”, or send records to POST /api/v1/models/analyze."
    )
    empty_link = "admin:inference_batchjob_changelist"
    empty_link_text = "See what was scored"
    empty_permission = "inference.view_batchjob"

    def report_rows(self) -> Any:
        return Anomaly.objects.select_related("version__model")

    def report_context(self, request: HttpRequest, row: Anomaly) -> dict[str, Any]:
        return {
            "title": f"Anomaly #{row.pk}",
            "facts": _facts(row),
            "bars": reasons.bars(row.reasons),
            "scale": _scale(row),
            "neighbours": _neighbours(row),
        }

    @admin.display(description="severity", ordering="severity")
    def how_severe(self, anomaly: Anomaly) -> SafeString:
        return badges.severity(anomaly.severity)

    @admin.display(description="message")
    def short_message(self, anomaly: Anomaly) -> SafeString:
        return badges.code(anomaly.message)

    @admin.display(description="why")
    def why(self, anomaly: Anomaly) -> str:
        return shortened(reasons.sentence(anomaly.reasons), limit=120)


def _facts(row: Anomaly) -> list[Fact]:
    version = reverse("admin:registry_modelversion_change", args=[row.version_id])
    return [
        Fact("Time of the record", row.observed_at),
        Fact("Program", row.program, code=True),
        Fact("Host", row.host, code=True),
        Fact("Level", row.level),
        Fact("Scored by", row.version.reference, href=version),
        Fact("Recorded", row.recorded_at),
        Fact("Run", row.run, code=True),
        Fact("Record", row.record_id, code=True),
    ]


def _scale(row: Anomaly) -> dict[str, float]:
    """Score and threshold as places (0 to 100) on one scale that holds both with some room."""
    top = max(row.score, row.threshold) * 1.1 or 1.0
    return {"score": _place(row.score, top), "threshold": _place(row.threshold, top)}


def _place(value: float, top: float) -> float:
    return round(min(max(value / top * 100, 0.0), 100.0), 1)


def _neighbours(row: Anomaly) -> Any:
    near = (row.observed_at - AROUND, row.observed_at + AROUND)
    return (
        Anomaly.objects.filter(observed_at__range=near, version=row.version)
        .exclude(pk=row.pk)
        .order_by("observed_at", "id")[:NEIGHBOURS]
    )
