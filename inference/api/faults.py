"""GET /serving/faults: how versions failed while they served."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.choices import FaultKind
from inference.models import ServingFault
from modelhub.api.moments import MomentField
from modelhub.api.pagination import Pages
from modelhub.api.parameters import WholeText, parameters
from modelhub.api.schema import PROBLEMS
from modelhub.registry.querysets import large_columns

KINDS = [str(kind) for kind in FaultKind]


class FaultQuery(serializers.Serializer[Any]):
    """What narrows the list of faults."""

    model = WholeText(required=False, max_length=128, help_text="Name of a registered model.")
    version = WholeText(required=False, max_length=128, help_text="Label of a version.")
    fault = serializers.ChoiceField(required=False, choices=KINDS)
    since = MomentField(required=False, help_text="Happened at or after.")
    until = MomentField(required=False, help_text="Happened before.")


class FaultShape(serializers.Serializer[Any]):
    """One fault, as a serving process wrote it down."""

    fault_id = serializers.IntegerField()
    model = serializers.CharField()
    version = serializers.CharField()
    fault = serializers.ChoiceField(choices=KINDS)
    detail = serializers.CharField(allow_blank=True)
    calls = serializers.IntegerField(help_text="Calls that this fault stands for.")
    process = serializers.CharField()
    happened_at = serializers.DateTimeField()


class FaultPage(serializers.Serializer[Any]):
    """A page of faults, newest first."""

    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = FaultShape(many=True)


_ROW = {
    "fault_id": 1,
    "model": "default",
    "version": "2.0.0",
    "fault": "exceptions",
    "detail": "5 of the last 6 calls failed",
    "calls": 5,
    "process": "node:4711:1795381802",
    "happened_at": "2026-11-23T05:23:40Z",
}


class FaultList(APIView):
    """All faults of all versions."""

    permissions_needed: ClassVar = {"get": "inference.view_servingfault"}

    @extend_schema(
        operation_id="list_serving_faults",
        parameters=[
            FaultQuery,
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int, description="At most 500."),
        ],
        responses={200: FaultPage, **PROBLEMS},
        examples=[
            OpenApiExample(
                "One fault",
                value={"count": 1, "next": None, "previous": None, "results": [_ROW]},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Newest first: which version failed, how, when and in which process."""
        pages = Pages()
        rows = pages.paginate_queryset(_selected(parameters(FaultQuery, request)), request)
        return pages.get_paginated_response([_row(fault) for fault in rows or []])


def _selected(query: dict[str, Any]) -> QuerySet[ServingFault]:
    columns = {
        "model": "version__model__name",
        "version": "version__label",
        "fault": "kind",
        "since": "happened_at__gte",
        "until": "happened_at__lt",
    }
    wished = {columns[name]: value for name, value in query.items() if name in columns}
    rows = ServingFault.objects.select_related("version__model").defer(*large_columns("version"))
    return rows.filter(**wished).order_by("-id")


def _row(fault: ServingFault) -> dict[str, Any]:
    return {
        "fault_id": fault.pk,
        "model": fault.version.model.name,
        "version": fault.version.label,
        "fault": fault.kind,
        "detail": fault.detail,
        "calls": fault.calls,
        "process": fault.process,
        "happened_at": fault.happened_at,
    }
