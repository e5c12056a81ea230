"""What people do about arrivals beside uploading: import the newest, cancel what waits, clear the history."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from modelhub.console.pages import actor
from modelhub.errors import InputInvalid, ModelhubError
from modelhub.transfers import cleanup, latest, queue
from modelhub.transfers.admin.results import result_sentence
from modelhub.transfers.models import TrainingSource, Transfer

DEFAULT_DAYS = 90


def cancel(request: HttpRequest, row: Transfer) -> HttpResponse:
    """POST cancels what waits; either way back to the row's page."""
    if request.method == "POST":
        try:
            queue.cancel(row, actor(request))
            messages.success(request, f"Transfer #{row.pk} was cancelled before it began.")
        except ModelhubError as error:
            messages.error(request, error.detail)
    return redirect(page_of(row))


def newest(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET asks which sources; POST imports their newest package, now or by a worker."""
    sources = list(TrainingSource.objects.filter(is_enabled=True).order_by("name"))
    chosen = next((one for one in sources if one.name == request.POST.get("source")), None)
    context: dict[str, Any] = {"title": "Import the newest package", "sources": sources, "chosen": chosen}
    if request.method != "POST":
        return admin.page(request, "admin/console/latest.html", context)  # type: ignore[no-any-return]
    try:
        if "background" in request.POST:
            return waiting(request, queue.enqueue_latest(chosen, actor(request)))
        found = latest.import_latest(actor(request), source=chosen)
    except ModelhubError as error:
        kept = Transfer.objects.filter(pk=error.facts.get("transfer_id", 0)).first()
        context |= {"error": error, "transfer": kept}
        return admin.page(request, "admin/console/latest.html", context)  # type: ignore[no-any-return]
    if found.transfer is None:
        return admin.page(request, "admin/console/latest.html", context | {"scans": found.scans})  # type: ignore[no-any-return]
    messages.success(request, result_sentence(found.transfer))
    return redirect(page_of(found.transfer))


def clear(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET says what would go; POST deletes it and leads back to the list."""
    asked = request.POST if request.method == "POST" else request.GET
    text = asked.get("days", str(DEFAULT_DAYS)).strip()
    context: dict[str, Any] = {"title": "Clear the history of transfers", "days": text}
    try:
        days = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        preview = cleanup.clear(days, actor(request), dry_run=True)
        if request.method == "POST":
            cleared = cleanup.clear(days, actor(request), confirm=True)
            messages.success(request, cleanup.sentence(cleared, days))
            return redirect(reverse("admin:transfers_transfer_changelist"))
    except InputInvalid as error:
        return admin.page(request, "admin/console/cleanup.html", context | {"error": error}, status=422)  # type: ignore[no-any-return]
    return admin.page(request, "admin/console/cleanup.html", context | {"preview": preview})  # type: ignore[no-any-return]


def waiting(request: HttpRequest, row: Transfer) -> HttpResponse:
    """To the page of a queued import, which shows how far it is."""
    messages.success(request, "The import is queued. This page shows how far it is.")
    return redirect(page_of(row))


def page_of(row: Transfer) -> str:
    """Address of the row's page."""
    return reverse("admin:transfers_transfer_change", args=[row.pk])
