"""Serving faults: how versions failed while they served, as the processes wrote it down."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from inference.models import ServingFault
from modelhub.console import badges
from modelhub.console.admin import HubAdmin
from modelhub.console.columns import moment, text
from modelhub.console.pages import Fact
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.querysets import large_columns


@admin.register(ServingFault)
class ServingFaultAdmin(ReadOnlyRows, HubAdmin):
    """Written by the serving processes themselves."""

    report_template = "admin/console/record.html"
    list_display = (
        "number",
        "version",
        "what",
        text("detail", "what happened"),
        "calls",
        moment("happened_at", "when", seconds=True),
        "process",
    )
    list_display_links = ("number", "version")
    list_filter = ("kind", "version__model")
    list_select_related = ("version__model",)
    list_defer = large_columns("version")
    search_fields = ("version__label", "process", "detail")
    date_hierarchy = "happened_at"
    lead = "How versions failed while they served. Such a version is replaced by the last good one."
    empty_title = "No version has failed while it served"
    empty_text = "Exceptions, calls that hang, crashes, damaged files: what happens is listed here."
    empty_link = "admin:registry_deployment_changelist"
    empty_link_text = "See deployments"
    empty_permission = "registry.view_deployment"

    def report_rows(self) -> Any:
        return ServingFault.objects.select_related("version__model")

    def report_context(self, request: HttpRequest, row: ServingFault) -> dict[str, Any]:
        return {"facts": _facts(row), "badges": [(row.get_kind_display(), "bad")]}

    @admin.display(description="#", ordering="id")
    def number(self, fault: ServingFault) -> str:
        return f"#{fault.pk}"

    @admin.display(description="fault", ordering="kind")
    def what(self, fault: ServingFault) -> SafeString:
        return badges.badge(fault.get_kind_display(), "bad")


def _facts(row: ServingFault) -> list[Fact]:
    page = reverse("admin:registry_modelversion_change", args=[row.version_id])
    return [
        Fact("Version", row.version.reference, href=page),
        Fact("Fault", row.get_kind_display()),
        Fact("What happened", row.detail),
        Fact("Calls", row.calls, hint="That this row stands for."),
        Fact("Process", row.process, code=True),
        Fact("When", row.happened_at),
    ]
