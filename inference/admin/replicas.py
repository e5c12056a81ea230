"""Serving processes: what each one holds, and whether it agrees with the registry."""

from typing import Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from inference.models import Replica
from inference.serving.agreement import agreement
from modelhub.console import badges
from modelhub.console.admin import HubAdmin
from modelhub.console.columns import moment
from modelhub.console.pages import Fact
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.models import ModelVersion
from modelhub.registry.querysets import large_columns


@admin.register(Replica)
class ReplicaAdmin(ReadOnlyRows, HubAdmin):
    """Written by the serving processes themselves."""

    report_template = "admin/console/record.html"
    list_display = (
        "process",
        "model",
        "version",
        "state",
        "generations",
        "memory",
        moment("loaded_at", "loaded"),
        "heartbeat",
    )
    list_filter = ("model",)
    list_select_related = ("version__model", "model")
    list_defer = large_columns("version")
    search_fields = ("process",)
    lead = "What each serving process holds now; after a deployment all agree within seconds."
    empty_title = "No serving process has reported yet"
    empty_text = "Deploy a version; every web process that serves it reports here within seconds."
    empty_link = "admin:registry_deployment_changelist"
    empty_link_text = "See deployments"
    empty_permission = "registry.view_deployment"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(wanted=F("model__generation"))

    def report_rows(self) -> Any:
        return Replica.objects.select_related("version__model", "model").annotate(
            wanted=F("model__generation")
        )

    def report_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"facts": _facts(row), "badges": [agreement(row, wanted=row.wanted)], "problem": row.problem}

    @admin.display(description="state")
    def state(self, replica: Any) -> SafeString:
        return badges.badge(*agreement(replica, wanted=replica.wanted))

    @admin.display(description="generation", ordering="generation")
    def generations(self, replica: Any) -> str:
        return f"{replica.generation} of {replica.wanted}"

    @admin.display(description="last seen", ordering="seen_at")
    def heartbeat(self, replica: Any) -> SafeString:
        seen = replica.seen_at
        shown = format_date(localtime(seen), "j M Y, H:i:s")
        return format_html(
            '<time class="mh-nowrap" datetime="{}" title="{}">{}</time>',
            seen.isoformat(),
            shown,
            naturaltime(seen),
        )

    @admin.display(description="memory", ordering="memory_bytes", empty_value="–")
    def memory(self, replica: Any) -> str | None:
        return _size(replica)


def _facts(row: Any) -> list[Fact]:
    held = row.version
    return [
        Fact("Process", row.process, code=True),
        Fact("Registered model", row.model.name),
        Fact("Serves", held.reference if held else "nothing", href=_page(held)),
        Fact("Generation", f"{row.generation} of {row.wanted}"),
        Fact("Loaded", row.loaded_at),
        Fact("Memory", _size(row) or "", hint="Resident at the last report."),
        Fact("Started", row.started_at),
        Fact("Last seen", row.seen_at, hint=f"{naturaltime(row.seen_at)}; a report comes every ten seconds."),
    ]


def _size(row: Any) -> str | None:
    return filesizeformat(row.memory_bytes) if row.memory_bytes else None


def _page(version: ModelVersion | None) -> str:
    return reverse("admin:registry_modelversion_change", args=[version.pk]) if version else ""
