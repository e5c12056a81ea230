"""Transfers: every attempt to import, refused ones too; "Add" uploads a package."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.safestring import SafeString

from modelhub.console import badges
from modelhub.console.admin import HubAdmin, LeadLink
from modelhub.console.columns import moment, text
from modelhub.console.pages import Fact
from modelhub.console.rows import OperationRows
from modelhub.registry.admin.report import warnings
from modelhub.registry.querysets import large_columns
from modelhub.transfers import origins
from modelhub.transfers.admin import operations, progress
from modelhub.transfers.admin.uploading import upload
from modelhub.transfers.choices import TransferKind, TransferStatus
from modelhub.transfers.models import Transfer

TONES = {
    TransferStatus.QUEUED: "info",
    TransferStatus.RUNNING: "info",
    TransferStatus.IMPORTED: "good",
    TransferStatus.UNCHANGED: "mute",
    TransferStatus.REFUSED: "bad",
    TransferStatus.FAILED: "bad",
    TransferStatus.INTERRUPTED: "warn",
    TransferStatus.CANCELLED: "mute",
}


_NO_SOURCE = {
    TransferKind.PACKAGE: "removed since",
    TransferKind.UPLOAD: "upload",
    TransferKind.LOCAL: "this machine",
    TransferKind.LATEST: "all enabled sources",
}


@admin.register(Transfer)
class TransferAdmin(OperationRows, HubAdmin):
    """Append-only: an attempt keeps who, when, how long and with what result."""

    add_permission = "transfers.import_package"
    report_template = "admin/console/transfer.html"
    list_display = (
        "number",
        "state",
        "came_from",
        "version",
        "why",
        "took",
        text("actor", "by"),
        moment("started_at", "when"),
    )
    list_display_links = ("number", "came_from")
    list_filter = ("status", "source", "channel", "code")
    list_select_related = ("version__model", "source")
    list_defer = large_columns("version")
    search_fields = ("origin", "label", "digest__startswith", "code", "actor")
    date_hierarchy = "started_at"
    lead = "Every attempt to import a package, refused ones with their reason."
    lead_label = "Upload a package"
    lead_links = (
        LeadLink("Import the newest", "admin:transfers_transfer_latest", "transfers.import_package"),
        LeadLink("Clear old ones", "admin:transfers_transfer_cleanup", "transfers.cleanup_transfers"),
    )
    empty_title = "Nothing arrived yet"
    empty_text = "Every attempt to import leaves a line here, refused ones too. Upload a package to begin."
    empty_link = "admin:transfers_transfer_add"
    empty_link_text = "Upload a package"
    empty_permission = "transfers.import_package"

    def get_urls(self) -> list[Any]:
        add = path(
            "add/", self.admin_site.admin_view(_unchecked(self.upload_view)), name="transfers_transfer_add"
        )
        view = self.admin_site.admin_view
        latest = path("latest/", view(self.latest_view), name="transfers_transfer_latest")
        cleanup = path("cleanup/", view(self.cleanup_view), name="transfers_transfer_cleanup")
        cancel = path("<int:pk>/cancel/", view(self.cancel_view), name="transfers_transfer_cancel")
        return [add, latest, cleanup, cancel, *super().get_urls()]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """The upload page; see :mod:`modelhub.transfers.admin.uploading`."""
        self.demand(request, self.add_permission)
        return upload(self, request)

    def latest_view(self, request: HttpRequest) -> HttpResponse:
        """Import the newest package; see :mod:`modelhub.transfers.admin.operations`."""
        self.demand(request, self.add_permission)
        return operations.newest(self, request)

    def cleanup_view(self, request: HttpRequest) -> HttpResponse:
        """Clear the history by age, after a look at what would go."""
        self.demand(request, "transfers.cleanup_transfers")
        return operations.clear(self, request)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cancel an import that waits."""
        self.demand(request, self.add_permission)
        return operations.cancel(request, get_object_or_404(Transfer, pk=pk))

    def report_rows(self) -> Any:
        return Transfer.objects.select_related("version__model", "source")

    def report_context(self, request: HttpRequest, row: Transfer) -> dict[str, Any]:
        return {
            "facts": _facts(row),
            "badges": [(row.get_status_display(), TONES[TransferStatus(row.status)])],
            "problem": row.detail,
            "problem_code": row.code,
            "notes": warnings(row.notes),
            "progress": progress.progress_of(row),
            "refresh_s": progress.REFRESH_S,
            "may_cancel": request.user.has_perm(self.add_permission),
        }

    @admin.display(description="#", ordering="id")
    def number(self, transfer: Transfer) -> str:
        return f"#{transfer.pk}"

    @admin.display(description="status", ordering="status")
    def state(self, transfer: Transfer) -> SafeString:
        return badges.badge(transfer.get_status_display(), TONES[TransferStatus(transfer.status)])

    @admin.display(description="package", ordering="origin")
    def came_from(self, transfer: Transfer) -> SafeString:
        place = f"{transfer.source.name}: " if transfer.source else ""
        return badges.code(f"{place}{transfer.origin or 'newest package'}", limit=60)

    @admin.display(description="reason", ordering="code")
    def why(self, transfer: Transfer) -> str:
        return transfer.code.replace("_", " ")

    @admin.display(description="took", ordering="duration_s")
    def took(self, transfer: Transfer) -> SafeString | str:
        return progress.cell(transfer)


def _unchecked(view: Any) -> Any:
    """The view, left to make its own check against forgery after its upload handler is in place."""

    def unchecked(request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = view(request)
        return answer

    unchecked.csrf_exempt = True  # type: ignore[attr-defined]
    return unchecked


def _facts(row: Transfer) -> list[Fact]:
    version = reverse("admin:registry_modelversion_change", args=[row.version_id]) if row.version_id else ""
    source = reverse("admin:transfers_trainingsource_change", args=[row.source_id]) if row.source_id else ""
    return [
        Fact("Package", row.origin or "newest package", code=True),
        Fact("Source", row.source.name if row.source else _NO_SOURCE[TransferKind(row.kind)], href=source),
        Fact("Became", row.version.reference if row.version else "", href=version),
        Fact("Label asked for", row.label, code=True),
        Fact("Content digest", row.digest, code=True),
        Fact("Step reached", row.step.replace("_", " ")),
        Fact("By", f"{row.actor} ({row.channel})"),
        Fact("Request", row.request_id, code=True),
        *([Fact("Queued", row.queued_at), Fact("Workers", row.attempts)] if row.queued_at else []),
        Fact("Started", None if row.status == TransferStatus.QUEUED else row.started_at),
        Fact("Finished", row.finished_at),
        Fact("Took", "" if row.duration_s is None else f"{row.duration_s:.2f} s"),
        *(Fact(label, value, code=True) for label, value in origins.shown(row.lineage)),
    ]
