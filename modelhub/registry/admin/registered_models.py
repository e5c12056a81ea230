"""Registered models: the named lines that versions belong to."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from modelhub.audit.admin.recorded import Recorded
from modelhub.console.admin import HubAdmin
from modelhub.console.columns import moment
from modelhub.registry.models import RegisteredModel


@admin.register(RegisteredModel)
class RegisteredModelAdmin(Recorded, HubAdmin):
    """A name is chosen once; what serves changes by deploying, never by editing."""

    topic = "model"
    facts = staticmethod(lambda model: {"name": model.name, "description": model.description})
    list_display = ("name", "version_count", "current_version", "generation", moment("created_at", "since"))
    search_fields = ("name", "description")
    fields = ("name", "description")
    lead = "One line of versions for one purpose; each serves one of its versions at a time."
    lead_label = "Add a registered model"
    empty_title = "No registered models yet"
    empty_text = "The first import makes one. Add one here to give a line of versions its name beforehand."

    def get_queryset(self, request: HttpRequest) -> Any:
        present = Count("versions", filter=Q(versions__deleted_at__isnull=True))
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("current_version__model").annotate(n_versions=present)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="versions", ordering="n_versions")
    def version_count(self, model: Any) -> str:
        return format_html("{}", model.n_versions)
