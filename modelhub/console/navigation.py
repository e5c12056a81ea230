"""The sidebar in the product's words; an entry shows to those who may open its page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: title, icon of the theme's symbol font, URL name, permission to see it.

    The name is one of the admin, unless ``namespace`` says otherwise.
    """

    title: str
    icon: str
    page: str
    permission: str = ""
    namespace: str = "admin:"

    @property
    def link(self) -> str:
        """Where it leads."""
        return reverse(f"{self.namespace}{self.page}")


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("Overview", "space_dashboard", "index"),)),
    (
        "Models",
        (
            Entry(
                "Versions", "deployed_code", "registry_modelversion_changelist", "registry.view_modelversion"
            ),
            Entry(
                "Deployments", "rocket_launch", "registry_deployment_changelist", "registry.view_deployment"
            ),
            Entry(
                "Validation",
                "fact_check",
                "inference_validationreport_changelist",
                "inference.view_validationreport",
            ),
            Entry("History", "history", "registry_lifecycleevent_changelist", "registry.view_lifecycleevent"),
            Entry(
                "Registered models",
                "category",
                "registry_registeredmodel_changelist",
                "registry.view_registeredmodel",
            ),
        ),
    ),
    (
        "Arrivals",
        (
            Entry(
                "Training sources",
                "folder_open",
                "transfers_trainingsource_changelist",
                "transfers.view_trainingsource",
            ),
            Entry("Transfers", "swap_vert", "transfers_transfer_changelist", "transfers.view_transfer"),
            Entry("Upload a package", "upload_file", "transfers_transfer_add", "transfers.import_package"),
        ),
    ),
    (
        "Watching",
        (
            Entry("Alerts", "notifications_active", "monitoring_alert_changelist", "monitoring.view_alert"),
            Entry(
                "Performance",
                "speed",
                "monitoring_inferencemetric_changelist",
                "monitoring.view_inferencemetric",
            ),
            Entry(
                "Drift checks",
                "query_stats",
                "monitoring_driftcheck_changelist",
                "monitoring.view_driftcheck",
            ),
            Entry("Anomalies", "troubleshoot", "monitoring_anomaly_changelist", "monitoring.view_anomaly"),
            Entry("Scoring jobs", "fact_check", "inference_batchjob_changelist", "inference.view_batchjob"),
            Entry("Serving processes", "dns", "inference_replica_changelist", "inference.view_replica"),
            Entry(
                "Serving faults", "report", "inference_servingfault_changelist", "inference.view_servingfault"
            ),
        ),
    ),
    (
        "Administration",
        (
            Entry(
                "Receivers of alerts",
                "campaign",
                "monitoring_notificationchannel_changelist",
                "monitoring.view_notificationchannel",
            ),
            Entry("Messages", "outbox", "monitoring_delivery_changelist", "monitoring.view_delivery"),
            Entry("Users", "person", "auth_user_changelist", "auth.view_user"),
            Entry("Groups", "group", "auth_group_changelist", "auth.view_group"),
            Entry("API tokens", "key", "accounts_apitoken_changelist", "accounts.view_apitoken"),
            Entry(
                "Schedules",
                "schedule",
                "django_celery_beat_periodictask_changelist",
                "django_celery_beat.view_periodictask",
            ),
            Entry("Audit trail", "verified_user", "audit_auditentry_changelist", "audit.view_auditentry"),
            Entry("API reference", "api", "api-docs", "registry.view_modelversion", namespace=""),
        ),
    ),
)


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The theme's own form of the navigation, for this person and page."""
    found = [
        (title, [_item(request, entry) for entry in entries if _may(request, entry)])
        for title, entries in GROUPS
    ]
    return [{"title": title, "items": items} for title, items in found if items]


def _may(request: HttpRequest, entry: Entry) -> bool:
    return not entry.permission or bool(request.user.has_perm(entry.permission))


def _item(request: HttpRequest, entry: Entry) -> dict[str, Any]:
    link = entry.link
    return {"title": entry.title, "icon": entry.icon, "link": link, "active": _is_here(request.path, link)}


def _is_here(path: str, link: str) -> bool:
    """True on the page itself and below it; the upload form lies below the transfers but is its own entry."""
    if link == reverse("admin:index"):
        return path == link
    below = path.startswith(link)
    if link == reverse("admin:transfers_transfer_changelist"):
        return below and path != reverse("admin:transfers_transfer_add")
    return below
