"""Training sources: where packages are fetched from, what lies there, and whether it can be reached."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from modelhub.audit import trail
from modelhub.console.admin import HubAdmin, LeadLink
from modelhub.console.badges import badge, badges
from modelhub.console.columns import moment, text
from modelhub.console.pages import actor
from modelhub.errors import Code, ModelhubError
from modelhub.transfers import connection, discovery, importing, queue
from modelhub.transfers.admin.forms import TrainingSourceForm
from modelhub.transfers.admin.operations import waiting
from modelhub.transfers.admin.results import result_sentence
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource

STATE_TONES = {
    discovery.State.NEW: "info",
    discovery.State.IMPORTED: "good",
    discovery.State.NOT_IMPORTABLE: "bad",
}
# What a change of a source's row is recorded by.
_RECORDED = (
    "name",
    "kind",
    "location",
    "credential_variable",
    "model_id",
    "is_enabled",
    "auto_import",
    "may_deploy",
)


@admin.register(TrainingSource)
class TrainingSourceAdmin(HubAdmin):
    """Places that operators name; their packages are imported one by one from the scan page."""

    form = TrainingSourceForm
    list_display = (
        "name",
        "kind",
        text("location", limit=60),
        "is_enabled",
        "model",
        moment("scanned_at", "last scan"),
        "found",
        "scan_link",
    )
    list_filter = ("is_enabled", "kind")
    list_select_related = ("model",)
    search_fields = ("name", "location")
    change_form_outer_before_template = "admin/console/source_scan_link.html"
    lead = (
        "Folders, training services and MLflow registries that packages are fetched from. Scan one to import."
    )
    lead_label = "Add a training source"
    empty_title = "No training sources yet"
    empty_text = (
        "A training source is a folder, a training service or an MLflow registry that holds packages. Add "
        "one, scan it, and import what you like. A single zip can be uploaded instead."
    )
    lead_links = (
        LeadLink("Import the newest", "admin:transfers_transfer_latest", "transfers.import_package"),
    )
    empty_link = "admin:transfers_trainingsource_add"
    empty_link_text = "Add a training source"
    empty_permission = "transfers.add_trainingsource"

    def get_urls(self) -> list[Any]:
        scan = self.admin_site.admin_view(self.scan_view)
        check = self.admin_site.admin_view(self.check_view)
        return [
            path("<int:pk>/scan/", scan, name="transfers_trainingsource_scan"),
            path("<int:pk>/check/", check, name="transfers_trainingsource_check"),
            *super().get_urls(),
        ]

    def scan_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET lists the packages that lie in the source now; POST imports the one at ``path``."""
        self.demand(request, "transfers.view_trainingsource")
        source = _existing(pk)
        if request.method != "POST":
            return self.page(request, "admin/console/scan.html", _scan_context(source, request))
        self.demand(request, "transfers.import_package")
        if "background" in request.POST:
            return _queue(source, request)
        _import(source, request)
        return redirect(request.path)

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Whether the source can be reached now, how long its answer took, and what to do if not."""
        self.demand(request, "transfers.view_trainingsource")
        source = _existing(pk)
        context = {
            "original": source,
            "title": f"Connection of {source.name}",
            "source": source,
            "check": connection.check(source),
        }
        return self.page(request, "admin/console/source_check.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The row is saved, and the trail has what it was and is."""
        before = TrainingSource.objects.filter(pk=obj.pk).values(*_RECORDED).first() if change else None
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            after = {name: getattr(obj, name) for name in _RECORDED}
            verb = "source.change" if change else "source.create"
            trail.record(verb, f"source {obj.name}", actor(request), before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The row is gone, and the trail has what it was. Transfers from it stay."""
        before = {name: getattr(obj, name) for name in _RECORDED}
        with transaction.atomic():
            super().delete_model(request, obj)
            trail.record("source.delete", f"source {obj.name}", actor(request), before=before)

    @admin.display(description="found")
    def found(self, source: TrainingSource) -> SafeString | str:
        if not source.scan_summary:
            return "not scanned yet"
        if source.scan_summary.get("problem"):
            unusable = source.scan_summary["problem"].get("code") == Code.SOURCE_INVALID
            return badge("answer not usable" if unusable else "not reachable", "bad")
        counts = ((state, source.scan_summary.get(state.value.replace(" ", "_"), 0)) for state in STATE_TONES)
        found = [(f"{count} {state}", STATE_TONES[state]) for state, count in counts if count]
        return badges(found) if found else "nothing"

    @admin.display(description="")
    def scan_link(self, source: TrainingSource) -> SafeString:
        return format_html('<a class="mh-link" href="{}">Scan</a>', scan_page(source.pk))


def _existing(pk: int) -> TrainingSource:
    source = TrainingSource.objects.select_related("model").filter(pk=pk).first()
    if source is None:
        raise Http404
    return source


def scan_page(pk: int) -> str:
    """Address of the page that scans the source."""
    return reverse("admin:transfers_trainingsource_scan", args=[pk])


def _scan_context(source: TrainingSource, request: HttpRequest) -> dict[str, Any]:
    context: dict[str, Any] = {
        "original": source,
        "title": f"Scan of {source.name}",
        "source": source,
        "may_import": request.user.has_perm("transfers.import_package"),
        "is_remote": source.kind != SourceKind.DIRECTORY,
    }
    try:
        found = discovery.scan(source)
    except ModelhubError as error:
        return context | {"problem": error}
    return context | {"candidates": [(one, STATE_TONES[one.state]) for one in found]}


def _queue(source: TrainingSource, request: HttpRequest) -> HttpResponse:
    """To the page of the queued import; back to the scan where it could not be queued."""
    try:
        return waiting(request, queue.enqueue_package(source, request.POST.get("path", ""), actor(request)))
    except ModelhubError as error:
        messages.error(request, f"The import was not queued ({error.code}): {error.detail}")
        return redirect(request.path)


def _import(source: TrainingSource, request: HttpRequest) -> None:
    """Perform one import and say its result in a message; the transfer row keeps it either way."""
    place = request.POST.get("path", "")
    try:
        transfer = importing.import_package(source, place, actor(request))
    except ModelhubError as error:
        kept = error.facts.get("transfer_id")
        said = f" Kept as transfer #{kept}." if kept else ""
        messages.error(request, f"{place[:200]} was not imported ({error.code}): {error.detail}{said}")
        return
    messages.success(request, result_sentence(transfer))
