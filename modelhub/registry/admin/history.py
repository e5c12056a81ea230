"""The history of everything done to versions: who, when, why, before and after."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment, text
from modelhub.console.pages import Fact
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.choices import Operation
from modelhub.registry.models import LifecycleEvent
from modelhub.registry.querysets import large_columns

WHEN = moment("happened_at", "when")
TONES = {
    Operation.IMPORT: "info",
    Operation.DEPLOY: "good",
    Operation.ROLLBACK: "warn",
    Operation.LOAD: "info",
    Operation.ACTIVATE: "good",
    Operation.DEACTIVATE: "mute",
    Operation.DELETE: "bad",
    Operation.ALIAS: "info",
    Operation.UNALIAS: "mute",
}


@admin.register(LifecycleEvent)
class LifecycleEventAdmin(ReadOnlyRows, HubAdmin):
    """Append-only: operations write it, nobody edits it."""

    report_template = "admin/console/record.html"
    list_display = (
        WHEN,
        "what",
        "version",
        text("actor", "by"),
        "channel",
        text("reason", "why"),
        "generation",
    )
    list_display_links = (WHEN, "what")
    list_filter = ("operation", "channel", "model")
    list_select_related = ("version__model",)
    list_defer = large_columns("version")
    search_fields = ("version__label", "actor", "reason")
    date_hierarchy = "happened_at"
    lead = "Everything that was ever done to a version, newest first."
    empty_title = "No history yet"
    empty_text = "Every import, deployment, rollback and trial leaves a line here, with who and why."

    def report_rows(self) -> Any:
        return LifecycleEvent.objects.select_related("version__model")

    def report_context(self, request: HttpRequest, row: LifecycleEvent) -> dict[str, Any]:
        version = reverse("admin:registry_modelversion_change", args=[row.version_id])
        return {
            "facts": [
                Fact("Operation", row.get_operation_display()),
                Fact("Version", row.version.reference, href=version),
                Fact("By", f"{row.actor} ({row.channel})"),
                Fact("When", row.happened_at),
                Fact("Why", row.reason),
                Fact("Before", json.dumps(row.before, ensure_ascii=False), code=True),
                Fact("After", json.dumps(row.after, ensure_ascii=False), code=True),
                Fact("Generation", row.generation, hint="Grows by one with every change of what serves."),
            ]
        }

    @admin.display(description="operation", ordering="operation")
    def what(self, event: LifecycleEvent) -> SafeString:
        return badge(event.get_operation_display(), TONES[Operation(event.operation)])
