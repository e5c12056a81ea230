"""Endpoints of imports, and of what the training sources hold."""

from typing import Any, BinaryIO, ClassVar, cast

from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.idempotency import idempotent
from modelhub.api.parameters import parameters
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS, Problem
from modelhub.errors import Code, FieldError, InputInvalid
from modelhub.transfers import discovery, importing, latest, presentation, queue
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.documentation import LISTED, PREFER, QUEUED, REFUSED, UP_TO_DATE
from modelhub.transfers.models import Transfer
from modelhub.transfers.preference import wants_background
from modelhub.transfers.serializers import (
    Imported,
    ImportQuery,
    LatestQuery,
    PackageShape,
    SourceQuery,
    TransferShape,
    Upload,
    UpToDate,
)
from modelhub.transfers.sources import catalog
from modelhub.transfers.uploads import PackageUploadHandler

_IMPORT_PROBLEMS = PROBLEMS | {
    (413, "application/problem+json"): Problem,
    (502, "application/problem+json"): Problem,
    (507, "application/problem+json"): Problem,
}


class _ImportView(APIView):
    """A failed import's problem names the row that keeps the attempt, in ``transfer_id``."""

    permissions_needed: ClassVar = {"post": "transfers.import_package"}
    throttle_scope = "import"


class ImportPath(_ImportView):
    """Import a package that lies in a training source."""

    @extend_schema(
        operation_id="import_package",
        request=None,
        parameters=[ImportQuery, PREFER, OpenApiParameter("model_path", str, "path")],
        responses={201: Imported, 200: Imported, 202: TransferShape, **_IMPORT_PROBLEMS},
        examples=[QUEUED, REFUSED],
    )
    @idempotent
    def post(self, request: Request, model_path: str) -> Response:
        """201 with the new version; 200 with the existing one when its content was imported before.

        In the background: 202 with the queued attempt, whose result its `Location` tells.
        """
        query = parameters(ImportQuery, request)
        source = catalog.named(query["source"]) if query["source"] else catalog.holding(model_path)
        wish = {"model_name": query["model"] or None, "validate": query["validate"]}
        if _is_background(request, query):
            return _queued(queue.enqueue_package(source, model_path, actor_of(request), **wish))
        return _answer(importing.import_package(source, model_path, actor_of(request), **wish))


class ImportUpload(_ImportView):
    """Import a package zip that comes with the request."""

    parser_classes = [MultiPartParser]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Uploads go through our capped handler, also where the CSRF check is the first to read them."""
        request.upload_handlers = [PackageUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        operation_id="import_upload",
        request={"multipart/form-data": Upload},
        parameters=[ImportQuery, PREFER],
        responses={201: Imported, 200: Imported, 202: TransferShape, **_IMPORT_PROBLEMS},
        examples=[QUEUED, REFUSED],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """As importing by path; the body is ``multipart/form-data`` with one part ``file``."""
        query = parameters(ImportQuery, request)
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile) or file.file is None:
            fault = FieldError("/file", "Send the package zip as the multipart part 'file'.", "required")
            raise InputInvalid(Code.BODY_INVALID, fault.detail, errors=(fault,))
        wish = {"model_name": query["model"] or None, "validate": query["validate"]}
        name, actor = file.name or "upload.zip", actor_of(request)
        with file:
            zipped = cast(BinaryIO, file.file)
            if _is_background(request, query):
                return _queued(queue.enqueue_upload(zipped, name, actor, **wish))
            return _answer(importing.import_upload(zipped, name, actor, **wish))


class ImportLatest(_ImportView):
    """Import what is newest in the training sources."""

    @extend_schema(
        operation_id="import_latest",
        request=None,
        parameters=[LatestQuery, PREFER],
        responses={201: Imported, 200: UpToDate, 202: TransferShape, **_IMPORT_PROBLEMS},
        examples=[UP_TO_DATE, QUEUED, REFUSED],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """201 with the version of the newest package that was not imported yet, by content.

        200 `up_to_date` when there is none. A refused package is a 422; the next call passes it over.
        """
        query = parameters(LatestQuery, request)
        source = catalog.named(query["source"]) if query["source"] else None
        if _is_background(request, query):
            return _queued(queue.enqueue_latest(source, actor_of(request), validate=query["validate"]))
        found = latest.import_latest(actor_of(request), source=source, validate=query["validate"])
        if found.transfer is None:
            return Response(presentation.up_to_date(found))
        return _answer(found.transfer)


class TrainingServiceModels(APIView):
    """What the training sources hold."""

    permissions_needed: ClassVar = {"get": "transfers.view_trainingsource"}

    @extend_schema(
        operation_id="list_training_service_models",
        parameters=[SourceQuery],
        responses={200: PackageShape(many=True), (502, "application/problem+json"): Problem, **PROBLEMS},
        examples=[LISTED],
    )
    def get(self, request: Request) -> Response:
        """Every package of the enabled sources, newest first; with ``?source=``, 503 when it is away."""
        name = parameters(SourceQuery, request)["source"]
        if name:
            found = discovery.scan(catalog.named(name))
        else:
            found = [candidate for scan in discovery.scan_all() for candidate in scan.candidates]
        return Response([presentation.package(candidate) for candidate in discovery.newest_first(found)])


def _answer(row: Transfer) -> Response:
    is_new = row.status == TransferStatus.IMPORTED and not row.is_repair
    status = 201 if is_new else 200
    return Response(presentation.imported(row), status=status)


def _queued(row: Transfer) -> Response:
    """202; the address of the row says how far it is."""
    place = reverse("transfer", args=[row.pk])
    return Response(
        presentation.transfer(row),
        status=202,
        headers={"Location": place, "Preference-Applied": "respond-async"},
    )


def _is_background(request: Request, query: dict[str, Any]) -> bool:
    return wants_background(request.headers.get("Prefer", ""), query["background"])
