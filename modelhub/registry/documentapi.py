"""The registry as a document, over HTTP."""

import tempfile
from typing import Any, ClassVar

from django.http import FileResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from modelhub.api.parameters import parameters
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS
from modelhub.registry import document, references

_IN_MEMORY = 4 * 1024 * 1024


class DocumentQuery(serializers.Serializer[Any]):
    """Query of the document."""

    model = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=128, help_text="Only this registered model."
    )


class DocumentShape(serializers.Serializer[Any]):
    """The registry as one document; its parts are described in the documentation of registry documents."""

    document = serializers.CharField()
    schema = serializers.IntegerField()
    hub = serializers.DictField()
    written_at = serializers.DateTimeField()
    models = serializers.ListField(child=serializers.DictField())


_EXAMPLE = OpenApiExample(
    "A hub with one empty model",
    value={
        "document": document.KIND,
        "schema": document.SCHEMA,
        "hub": {"address": None, "default_model": "default"},
        "written_at": "2026-11-23T08:00:00Z",
        "models": [
            {
                "name": "default",
                "description": "",
                "generation": 0,
                "current_version": None,
                "created_at": "2026-11-22T08:00:00Z",
                "aliases": {},
                "versions": [],
                "deployments": [],
                "history": [],
            }
        ],
    },
    response_only=True,
    status_codes=["200"],
)


class RegistryDocument(APIView):
    """Versions, hashes, aliases, deployments and history of the whole registry."""

    permissions_needed: ClassVar = {"get": "registry.export_registry"}

    @extend_schema(
        operation_id="registry_document",
        parameters=[DocumentQuery],
        responses={200: DocumentShape, **PROBLEMS},
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The registry as one JSON document, as `exportregistry` writes it; streamed."""
        name = parameters(DocumentQuery, request)["model"]
        chosen = references.find_model(name).name if name else None
        # Written whole first: a slow reader must not hold a snapshot of the database open.
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed by the response)
        for piece in document.lines(chosen):
            file.write(piece.encode("utf-8"))
        document.exported(chosen, actor_of(request))
        file.seek(0)
        return FileResponse(file, content_type="application/json", filename="registry.json")
