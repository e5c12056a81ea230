"""Versions: a list to find them in, a report page for each, and the doors to their operations."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.template.defaultfilters import filesizeformat
from django.urls import path
from django.utils.safestring import SafeString

from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge, badges
from modelhub.console.columns import moment
from modelhub.console.rows import ReadOnlyRows
from modelhub.registry.admin.aliasing import edit_aliases
from modelhub.registry.admin.confirmation import confirm
from modelhub.registry.admin.report import report
from modelhub.registry.admin.standing import standing
from modelhub.registry.admin.wishes import WISHES
from modelhub.registry.models import ModelVersion
from modelhub.registry.querysets import STANDINGS


class StandingFilter(admin.SimpleListFilter):
    """Versions by what they are at present."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in STANDINGS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = STANDINGS.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyRows, HubAdmin):
    """Immutable: importing makes versions, operations change their standing, nothing edits them."""

    report_template = "admin/console/version.html"
    list_display = (
        "reference",
        "standing_now",
        "estimator",
        "scores",
        "short_threshold",
        moment("trained_at", "trained"),
        moment("imported_at", "imported"),
        "size",
        "warnings",
    )
    list_filter = (StandingFilter, "model", "estimator", "feature_set", "runtime")
    search_fields = ("label", "model__name", "digest__startswith", "estimator")
    search_help_text = "Label, model, digest or estimator"
    lead = "Every package that was imported, in its safe form. Open one to see what it is, and to deploy it."
    empty_title = "No versions yet"
    empty_text = "Upload a package zip, or scan a training source, and its versions appear here."
    empty_link = "admin:transfers_transfer_add"
    empty_link_text = "Upload a package"
    empty_permission = "transfers.import_package"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.with_standing()

    def report_rows(self) -> Any:
        return ModelVersion.with_deleted.with_standing()  # history leads to deleted ones too

    def report_context(self, request: HttpRequest, row: ModelVersion) -> dict[str, Any]:
        return report(row, request.user)

    def get_urls(self) -> list[Any]:
        operation = self.admin_site.admin_view(self.operation_view)
        name = "registry_modelversion_operation"
        aliases = self.admin_site.admin_view(self.aliases_view)
        return [
            path("<path:object_id>/do/<slug:operation>/", operation, name=name),
            path("<path:object_id>/aliases/", aliases, name="registry_modelversion_aliases"),
            *super().get_urls(),
        ]

    def operation_view(self, request: HttpRequest, object_id: str, operation: str) -> HttpResponse:
        """Confirmation (GET) and performance (POST) of every operation on a version."""
        wish = WISHES.get(operation)
        if wish is None:
            raise Http404
        return confirm(self, request, self._present(request, object_id), wish)

    def aliases_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The aliases of the version's model, and a form to set one."""
        return edit_aliases(self, request, self._present(request, object_id))

    def _present(self, request: HttpRequest, object_id: str) -> ModelVersion:
        version: ModelVersion = self.viewable(request, object_id)
        if version.deleted_at is not None:
            raise Http404
        return version

    @admin.display(description="version", ordering="label")
    def reference(self, version: ModelVersion) -> str:
        return version.reference

    @admin.display(description="standing")
    def standing_now(self, version: ModelVersion) -> SafeString:
        return badges(standing(version))

    @admin.display(description="scores", ordering="feature_set")
    def scores(self, version: ModelVersion) -> str:
        return version.feature_set or "feature matrices only"

    @admin.display(description="threshold", ordering="threshold")
    def short_threshold(self, version: ModelVersion) -> str:
        return f"{version.threshold:.4g}"

    @admin.display(description="size", ordering="size_bytes")
    def size(self, version: ModelVersion) -> str:
        return filesizeformat(version.size_bytes)

    @admin.display(description="warnings")
    def warnings(self, version: ModelVersion) -> SafeString | str:
        return badge(str(len(version.notes)), "warn") if version.notes else "none"
