"""The upload page: a form, and what came of it. Works as a plain multipart POST."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect

from modelhub import conf
from modelhub.api.problems import status_of
from modelhub.console.pages import actor
from modelhub.errors import ModelhubError
from modelhub.registry.models import RegisteredModel
from modelhub.transfers import importing, queue
from modelhub.transfers.admin.forms import UploadForm
from modelhub.transfers.admin.operations import waiting
from modelhub.transfers.admin.results import result_sentence
from modelhub.transfers.models import Transfer
from modelhub.transfers.uploads import PackageUploadHandler

TEMPLATE = "admin/console/upload.html"


def upload(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST imports the zip and leads to its transfer, or says why it was refused.

    The bounded upload handler has to be in place before anything reads the body, the check against
    forgery included; so the caller leaves that check to this function.
    """
    request.upload_handlers = [PackageUploadHandler(request)]
    try:
        return csrf_protect(lambda asked: _answer(admin, asked))(request)
    except ModelhubError as error:  # too large, or no room: met while the body was read
        return _page(admin, request, UploadForm(), error=error)


def _answer(admin: Any, request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(admin, request, UploadForm(initial={"model_name": request.GET.get("model", "")}))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(admin, request, form, status=422)
    file, model_name = form.cleaned_data["file"], form.cleaned_data["model_name"] or None
    try:
        if "background" in request.POST:
            return waiting(
                request, queue.enqueue_upload(file, file.name, actor(request), model_name=model_name)
            )
        transfer = importing.import_upload(file, file.name, actor(request), model_name=model_name)
    except ModelhubError as error:
        return _page(admin, request, form, error=error)
    messages.success(request, result_sentence(transfer))
    return redirect(reverse("admin:transfers_transfer_change", args=[transfer.pk]))


def _page(
    admin: Any,
    request: HttpRequest,
    form: UploadForm,
    *,
    error: ModelhubError | None = None,
    status: int = 200,
) -> HttpResponse:
    kept = error.facts.get("transfer_id") if error else None
    context = {
        "title": "Upload a package",
        "form": form,
        "error": error,
        "transfer": Transfer.objects.filter(pk=kept).first() if kept else None,
        "models": RegisteredModel.objects.values_list("name", flat=True)[:100],
        "default_model": conf.default_model(),
        "limit_mb": conf.number("MAX_UPLOAD_BYTES") // 1024**2,
    }
    status = status_of(error.code) if error else status
    return admin.page(request, TEMPLATE, context, status=status)  # type: ignore[no-any-return]
