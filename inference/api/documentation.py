"""The scoring endpoints in the OpenAPI document; the views are no DRF views, so they are described here.

drf-spectacular finds a route's class in the callback's ``cls``; these classes are only ever read there.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from inference.api import shapes
from inference.api.entry import PERMISSION
from modelhub.api.schema import Problem

_problem = OpenApiResponse(Problem, description="RFC 9457 problem; `code` is stable.")
_PROBLEMS = {
    (status, "application/problem+json"): _problem
    for status in (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 503)
}
_WHICH = [
    OpenApiParameter("model", OpenApiTypes.STR, description="Registered model, for this request only."),
    OpenApiParameter("version", OpenApiTypes.STR, description="Version reference, for this request only."),
]
_EXPLAIN = OpenApiParameter("explain", {"type": "integer", "minimum": 1, "maximum": 32})


class AnalyzeDocumentation(APIView):
    """Describes POST /models/analyze."""

    permissions_needed: ClassVar = {"post": PERMISSION}
    needs_body = True

    @extend_schema(
        operation_id="models_analyze",
        parameters=[*_WHICH, _EXPLAIN],
        request={
            "application/json": OpenApiRequest(serializers.ListSerializer(child=shapes.LogEntry())),
            "application/x-ndjson": OpenApiRequest(OpenApiTypes.STR),
        },
        responses={200: shapes.Analyzed, **_PROBLEMS},
    )
    def post(self) -> None:
        """Score log records as one batch; the features of a record depend on the others sent with it."""


class PredictDocumentation(APIView):
    """Describes POST /models/predict."""

    permissions_needed: ClassVar = {"post": PERMISSION}
    needs_body = True

    @extend_schema(
        operation_id="models_predict",
        parameters=_WHICH,
        request=shapes.Rows,
        responses={200: shapes.Predicted, **_PROBLEMS},
    )
    def post(self) -> None:
        """Score feature rows, each a list in the version's order or an object by name."""


def documented(
    view: Callable[[HttpRequest], HttpResponse], by: type[APIView]
) -> Callable[[HttpRequest], HttpResponse]:
    """The same view, shown in the OpenAPI document as ``by`` says."""
    attributes: dict[str, Any] = {"cls": by, "initkwargs": {}}
    vars(view).update(attributes)
    return view
