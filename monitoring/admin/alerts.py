"""Alerts: what is open now, what was, and the button that closes one by hand."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString

from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment, text
from modelhub.console.pages import Button, Fact, actor
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.querysets import large_columns
from monitoring import alerts
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind

SERVING_KINDS = frozenset({AlertKind.DEGRADED, AlertKind.FALLBACK, AlertKind.CORRUPT})


class OpenFilter(admin.SimpleListFilter):
    """Open alerts, or closed ones."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("open", "closed"):
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "open")


@admin.register(Alert)
class AlertAdmin(ReadOnlyRows, HubAdmin):
    """Checks open and close alerts; a person may close one too."""

    report_template = "admin/console/alert.html"
    list_display = (
        "state",
        text("summary", limit=120),
        "kind",
        "version",
        "sightings",
        moment("opened_at", "since"),
        moment("seen_at", "last seen"),
    )
    list_display_links = ("state", "summary")
    list_filter = (OpenFilter, "kind", ("version", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("version__model",)
    list_defer = large_columns("version")
    search_fields = ("summary", "version__label", "version__model__name")
    search_help_text = "Words of the alert, or a version"
    lead = (
        "Conditions that somebody should look at. Each is opened once, counted while it lasts, and closed "
        "when it is over."
    )
    empty_title = "No alerts"
    empty_text = (
        "Nothing has called for attention. Drift checks and early warnings open alerts here by themselves."
    )
    empty_link = "admin:monitoring_notificationchannel_changelist"
    empty_link_text = "Choose who is told"
    empty_permission = "monitoring.view_notificationchannel"

    def get_urls(self) -> list[Any]:
        close = self.admin_site.admin_view(self.close_view)
        return [path("<path:object_id>/close/", close, name="monitoring_alert_close"), *super().get_urls()]

    def report_rows(self) -> Any:
        return Alert.objects.select_related("version__model")

    def report_context(self, request: HttpRequest, row: Alert) -> dict[str, Any]:
        return {
            "badges": [_state(row)],
            "facts": _facts(row),
            "numbers": [(name.replace("_", " "), value) for name, value in row.facts.items()],
            "deliveries": row.deliveries.select_related("channel"),
            "may_close": row.is_open and request.user.has_perm("monitoring.close_alert"),
            "buttons": [_evidence(row)] if request.user.has_perm(_evidence_permission(row)) else [],
        }

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST closes the alert, with the reason given, and leads back to it."""
        self.demand(request, "monitoring.close_alert")
        row = self.viewable(request, object_id)
        if request.method == "POST":
            reason = request.POST.get("reason", "").strip()[:2000].replace("\x00", "�")
            if alerts.close(row, actor(request), reason=reason):
                messages.success(
                    request, "The alert is closed. It opens again if the condition is seen again."
                )
            else:
                messages.info(request, "The alert was closed before.")
        return redirect(reverse("admin:monitoring_alert_change", args=[row.pk]))

    @admin.display(description="state", ordering="closed_at")
    def state(self, alert: Alert) -> SafeString:
        return badge(*_state(alert))


def _state(alert: Alert) -> tuple[str, str]:
    return ("open", "bad") if alert.is_open else ("closed", "mute")


def _facts(row: Alert) -> list[Fact]:
    version = reverse("admin:registry_modelversion_change", args=[row.version_id])
    facts = [
        Fact("About", row.get_kind_display()),
        *([Fact("Of", row.subject.replace("_", " "))] if row.subject else []),
        Fact("Version", row.version.reference, href=version),
        Fact("Since", row.opened_at),
        Fact("Last seen", row.seen_at),
        Fact("Times seen", row.sightings),
    ]
    if row.is_open:
        return facts
    return [
        *facts,
        Fact("Closed", row.closed_at),
        Fact("Closed by", row.closed_by),
        Fact("Why", row.close_reason),
    ]


def _evidence(row: Alert) -> Button:
    """The rows that the alert stands on."""
    narrowed = f"?version__id__exact={row.version_id}"
    if row.kind in SERVING_KINDS:
        rows = reverse("admin:inference_servingfault_changelist")
        return Button("Serving faults of this version", rows + narrowed, "error")
    rows = reverse("admin:monitoring_driftcheck_changelist")
    return Button("Drift checks of this version", rows + narrowed, "query_stats")


def _evidence_permission(row: Alert) -> str:
    return "inference.view_servingfault" if row.kind in SERVING_KINDS else "monitoring.view_driftcheck"
