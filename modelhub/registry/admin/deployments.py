"""Deployments: the history of what served by decision; "Add" performs the next one."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString

from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badges
from modelhub.console.columns import moment, text
from modelhub.console.pages import Button, Fact
from modelhub.console.rows import OperationRows
from modelhub.registry.admin import moments
from modelhub.registry.admin.confirmation import confirm
from modelhub.registry.admin.standing import standing
from modelhub.registry.admin.wishes import WISHES
from modelhub.registry.choices import Operation
from modelhub.registry.models import Deployment, ModelVersion
from modelhub.registry.querysets import large_columns

SINCE, UNTIL = moment("deployed_at", "since"), moment("ended_at", "until")


class OpenFilter(admin.SimpleListFilter):
    """Deployments in force, or ended ones."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "In force"), ("ended", "Ended")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset if chosen is None else queryset.filter(ended_at__isnull=chosen == "open")


@admin.register(Deployment)
class DeploymentAdmin(OperationRows, HubAdmin):
    """Append-only; each row is one period in which a version served."""

    add_permission = "registry.add_deployment"
    report_template = "admin/console/record.html"
    list_before_template = "admin/console/deployments_lead.html"
    list_display = (
        "number",
        "version",
        "state",
        "operation",
        SINCE,
        UNTIL,
        text("actor", "by"),
        text("reason", "why"),
    )
    list_display_links = ("number", "version")
    list_filter = (OpenFilter, "model", "operation", "channel")
    list_select_related = ("version__model",)
    list_defer = large_columns("version")
    search_fields = ("version__label", "actor", "reason")
    date_hierarchy = "deployed_at"
    lead = "What served when, by whose decision and why. Nothing is edited: deploy again, or roll back."
    lead_label = "Deploy a version"
    empty_title = "Nothing was deployed yet"
    empty_text = "A deployment decides which version serves. Choose a version and confirm."
    empty_link = "admin:registry_deployment_add"
    empty_link_text = "Deploy a version"
    empty_permission = "registry.add_deployment"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Step one: choose a version. Step two, with ``?version=``: compare and confirm."""
        self.demand(request, self.add_permission)
        key = request.GET.get("version") or request.POST.get("version") or ""
        if key.isascii() and key.isdigit() and len(key) < 19:
            version = ModelVersion.objects.with_standing().filter(pk=key).first()
            if version is not None:
                return confirm(self, request, version, WISHES[Operation.DEPLOY])
        if key:
            return redirect(reverse("admin:registry_deployment_add"))
        return self.page(request, "admin/console/choose.html", {"title": "Deploy a version"} | _choices())

    def get_urls(self) -> list[Any]:
        at = self.admin_site.admin_view(self.at_view)
        return [path("at/", at, name="registry_deployment_at"), *super().get_urls()]

    def at_view(self, request: HttpRequest) -> HttpResponse:
        """Which version was deployed at ``?time=``, for every registered model."""
        self.demand(request, "registry.view_deployment")
        context = {"title": "Deployed at a time"} | moments.context(request.GET)
        return self.page(request, "admin/console/deployed_at.html", context)

    def report_rows(self) -> Any:
        return Deployment.objects.select_related("version__model", "previous__model", "fallback_from__model")

    def report_context(self, request: HttpRequest, row: Deployment) -> dict[str, Any]:
        return {
            "facts": _facts(row),
            "badges": [_state(row), *_how(row)],
            "buttons": _buttons(row, request.user),
        }

    @admin.display(description="#", ordering="id")
    def number(self, deployment: Deployment) -> str:
        return f"#{deployment.pk}"

    @admin.display(description="state", ordering="ended_at")
    def state(self, deployment: Deployment) -> SafeString:
        return badges([_state(deployment), *_how(deployment)])


def _choices() -> dict[str, Any]:
    versions = (
        ModelVersion.objects.with_standing().filter(is_active=True).order_by("model__name", "-imported_at")
    )
    return {"choices": [(version, standing(version)) for version in versions[:200]]}


def _state(deployment: Deployment) -> tuple[str, str]:
    return ("in force", "good") if deployment.is_open else ("ended", "mute")


def _how(deployment: Deployment) -> list[tuple[str, str]]:
    forced = [("forced", "warn")] if deployment.forced else []
    return [*forced, ("automatic", "warn")] if deployment.fallback_from_id else forced


def _facts(row: Deployment) -> list[Fact]:
    previous, failed = row.previous, row.fallback_from
    in_place_of = [Fact("In the place of", failed.reference, href=_page(failed))] if failed else []
    return [
        Fact("Version", row.version.reference, href=_page(row.version)),
        Fact("Operation", row.get_operation_display()),
        Fact("Before it", previous.reference if previous else "", href=_page(previous) if previous else ""),
        *in_place_of,
        Fact("By", f"{row.actor} ({row.channel})"),
        Fact("Why", row.reason),
        Fact("Since", row.deployed_at),
        Fact("Until", row.ended_at or "now"),
        Fact("Generation", row.generation, hint="Grows by one with every change of what serves."),
    ]


def _buttons(row: Deployment, user: Any) -> list[Button]:
    """Going back is offered where it is looked for: on the deployment in force, to the one before it."""
    if not row.is_open or not _is_present(row.previous) or not user.has_perm("registry.rollback_deployment"):
        return []
    href = reverse("admin:registry_modelversion_operation", args=[row.previous.pk, Operation.ROLLBACK])
    return [Button(f"Roll back to {row.previous.label}", href, "undo")]


def _is_present(version: ModelVersion | None) -> TypeGuard[ModelVersion]:
    return version is not None and version.deleted_at is None


def _page(version: ModelVersion) -> str:
    return reverse("admin:registry_modelversion_change", args=[version.pk])
