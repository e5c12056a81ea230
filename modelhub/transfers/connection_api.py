"""The endpoint that tells whether the training sources can be reached."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.parameters import parameters
from modelhub.api.schema import PROBLEMS
from modelhub.transfers import connection
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.serializers import NoteShape, SourceQuery
from modelhub.transfers.sources import catalog


class _CheckShape(serializers.Serializer[Any]):
    connected = serializers.BooleanField(help_text="False where a source is away or its answer is of no use.")
    path_exists = serializers.BooleanField(help_text="False where nothing answered at all.")
    models_found = serializers.IntegerField()
    latency = serializers.FloatField(allow_null=True, help_text="Seconds.")
    error = NoteShape(allow_null=True)


class SourceCheckShape(_CheckShape):
    """One source as it answered now."""

    source = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=SourceKind.choices)


class ConnectionShape(_CheckShape):
    """All sources together: connected where every one is, the slowest latency, the first error."""

    sources = SourceCheckShape(many=True)


class TrainingServiceConnection(APIView):
    """Whether the training sources can be reached."""

    permissions_needed: ClassVar = {"get": "transfers.view_trainingsource"}

    @extend_schema(
        operation_id="check_training_service_connection",
        parameters=[SourceQuery],
        responses={200: ConnectionShape, **PROBLEMS},
        examples=[
            OpenApiExample(
                "A service that is down",
                value={
                    "connected": False,
                    "path_exists": False,
                    "models_found": 0,
                    "latency": 0.012,
                    "error": {
                        "code": "source_unavailable",
                        "detail": "train.example.org cannot be reached. Check that it is up, and try again.",
                    },
                    "sources": [],
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Looks at every enabled source now, or at ``?source=``; one that is down is still a 200."""
        name = parameters(SourceQuery, request)["source"]
        return Response(connection.check_all([catalog.named(name)] if name else None))
