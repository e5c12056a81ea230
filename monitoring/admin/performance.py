"""Performance: versions by traffic, and for each one its tiles, pictures and table over a window."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from modelhub.console.admin import HubAdmin
from modelhub.console.pages import Button
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.models import ModelVersion
from monitoring import charts, performance, summaries
from monitoring.models import InferenceMetric, MeteredProcess
from monitoring.summaries import Summary
from monitoring.templatetags.metering import panel

WINDOWS = {"1h": "Hour", "24h": "Day", "7d": "Week"}
DEFAULT_WINDOW = "24h"
PER_PAGE = 50
PROCESSES_SHOWN = 20


@admin.register(InferenceMetric)
class PerformanceAdmin(ReadOnlyRows, HubAdmin):
    """Metric rows are shown added up, never one by one."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.version_view)
        name = "monitoring_performance_version"
        return [path("version/<int:version_id>/", view, name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """All versions, busiest first."""
        self.demand(request, "monitoring.view_inferencemetric")
        length = _wished(request)
        page = Paginator(summaries.busiest(length=length), PER_PAGE).get_page(request.GET.get("p"))
        found = summaries.of_versions(list(page.object_list), length=length)
        context = {
            "title": "Performance",
            "rows": [_line(summary, length) for summary in found],
            "switch": _switch(length),
            "page": page,
            "window": length,
            "has_traffic": any(summary.counted.requests for summary in found),
        }
        return self.page(request, "admin/console/performance_list.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A single metric row has no page of its own: the page of its version."""
        return self.version_view(request, self.viewable(request, object_id).version_id)

    def version_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """One version over the chosen window."""
        self.demand(request, "monitoring.view_inferencemetric")
        version = get_object_or_404(ModelVersion.with_deleted.select_related("model"), pk=version_id)
        length = _wished(request)
        summary = summaries.of_version(version, length=length)
        metrics = performance.metrics(summary)
        context = {
            "title": f"Performance of {version.reference}",
            "version": version,
            "summary": summary,
            "metrics": metrics,
            "panel": panel(summary),
            "pictures": charts.pictures(summary),
            "steps": [step for step in metrics["series"] if step["requests"]],
            "processes": _processes(version, summary),
            "switch": _switch(length),
            "window": length,
            "buttons": _buttons(version, length),
        }
        return self.page(request, "admin/console/performance.html", context)


def _wished(request: HttpRequest) -> str:
    wished = request.GET.get("window", "")
    return wished if wished in WINDOWS else DEFAULT_WINDOW


def _switch(length: str) -> list[tuple[str, str, bool]]:
    return [(name, word, name == length) for name, word in WINDOWS.items()]


def _line(summary: Summary, length: str) -> dict[str, Any]:
    href = reverse("admin:monitoring_performance_version", args=[summary.version.pk])
    return panel(summary) | {"href": f"{href}?window={length}"}


def _buttons(version: ModelVersion, length: str) -> list[Button]:
    report = reverse("performance-report", args=[version.reference])
    page = reverse("admin:registry_modelversion_change", args=[version.pk])
    return [
        Button("Printable report", f"{report}?format=html&window={length}", "print"),
        Button("The version", page, "deployed_code"),
    ]


def _processes(version: ModelVersion, summary: Summary) -> Sequence[MeteredProcess]:
    """The processes that lost something first, then the newest."""
    known = MeteredProcess.objects.filter(version=version, seen_at__gte=summary.window.start)
    return list(known.order_by("-lost", "-seen_at")[:PROCESSES_SHOWN])
