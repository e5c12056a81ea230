"""Endpoints of imports, of what the training sources hold, and of the transfer history."""

from typing import Any, BinaryIO, ClassVar, cast

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from modelhub.api.pagination import Pages
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS, Problem
from modelhub.errors import Code, FieldError, InputInvalid
from modelhub.transfers import discovery, history, importing, presentation
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer
from modelhub.transfers.serializers import (
    HistoryQuery,
    Imported,
    ImportQuery,
    PackageShape,
    SourceQuery,
    TransferPage,
    Upload,
)
from modelhub.transfers.sources import catalog
from modelhub.transfers.uploads import PackageUploadHandler

_IMPORT_PROBLEMS = PROBLEMS | {
    (413, "application/problem+json"): Problem,
    (507, "application/problem+json"): Problem,
}
_REFUSED = OpenApiExample(
    "A damaged package",
    value={
        "type": "urn:modelhub:problem:hash_mismatch",
        "title": "Hash mismatch",
        "status": 422,
        "detail": "model.joblib is not the file that the manifest describes: its SHA-256 differs.",
        "instance": "/api/v1/model-management/import/models/20261122_210422",
        "code": "hash_mismatch",
        "transfer_id": 7,
    },
    response_only=True,
    status_codes=["422"],
    media_type="application/problem+json",
)


class _ImportView(APIView):
    """A failed import's problem names the row that keeps the attempt, in ``transfer_id``."""

    permissions_needed: ClassVar = {"post": "transfers.import_package"}


class ImportPath(_ImportView):
    """Import a package that lies in a training source."""

    @extend_schema(
        operation_id="import_package",
        request=None,
        parameters=[
            ImportQuery,
            OpenApiParameter("model_path", str, "path"),
        ],
        responses={201: Imported, 200: Imported, **_IMPORT_PROBLEMS},
        examples=[_REFUSED],
    )
    def post(self, request: Request, model_path: str) -> Response:
        """201 with the new version; 200 with the existing one when its content was imported before."""
        query = _query(ImportQuery, request)
        source = catalog.named(query["source"]) if query["source"] else catalog.holding(model_path)
        row = importing.import_package(
            source, model_path, actor_of(request), model_name=query["model"] or None
        )
        return _answer(row)


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
        parameters=[ImportQuery],
        responses={201: Imported, 200: Imported, **_IMPORT_PROBLEMS},
        examples=[_REFUSED],
    )
    def post(self, request: Request) -> Response:
        """As importing by path; the body is ``multipart/form-data`` with one part ``file``."""
        query = _query(ImportQuery, request)
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile) or file.file is None:
            fault = FieldError("/file", "Send the package zip as the multipart part 'file'.", "required")
            raise InputInvalid(Code.BODY_INVALID, fault.detail, errors=(fault,))
        with file:
            row = importing.import_upload(
                cast(BinaryIO, file.file),
                file.name or "upload.zip",
                actor_of(request),
                model_name=query["model"] or None,
            )
        return _answer(row)


class TrainingServiceModels(APIView):
    """What the training sources hold."""

    permissions_needed: ClassVar = {"get": "transfers.view_trainingsource"}

    @extend_schema(
        operation_id="list_training_service_models",
        parameters=[SourceQuery],
        responses={200: PackageShape(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Every package of the enabled sources, newest first; with ``?source=``, 503 when it is away."""
        name = _query(SourceQuery, request)["source"]
        if name:
            found = discovery.scan(catalog.named(name))
        else:
            found = [candidate for scan in discovery.scan_all() for candidate in scan.candidates]
        return Response([presentation.package(candidate) for candidate in discovery.newest_first(found)])


class TransferHistory(APIView):
    """Every attempt to import."""

    permissions_needed: ClassVar = {"get": "transfers.view_transfer"}

    @extend_schema(
        operation_id="list_transfer_history",
        parameters=[
            HistoryQuery,
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int, description="At most 500."),
        ],
        responses={200: TransferPage, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Newest first, failed ones too; ``?status=`` narrows to one status."""
        pages = Pages()
        rows = pages.paginate_queryset(
            history.attempts(status=_query(HistoryQuery, request)["status"]), request
        )
        return pages.get_paginated_response([presentation.transfer(row) for row in rows or []])


def _answer(row: Transfer) -> Response:
    is_new = row.status == TransferStatus.IMPORTED and not row.is_repair
    status = 201 if is_new else 200
    return Response(presentation.imported(row), status=status)


def _query(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query parameters in that shape; raises InputInvalid (``param_invalid``) naming each wrong one."""
    parsed = shape(data=request.query_params)
    if not parsed.is_valid():
        faults = tuple(
            FieldError(name, str(message), str(Code.PARAM_INVALID))
            for name, messages in parsed.errors.items()
            for message in messages
        )
        said = " ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
        raise InputInvalid(Code.PARAM_INVALID, said, errors=faults)
    return dict(parsed.validated_data)
