"""The scoring endpoints in the OpenAPI document; the views are no DRF views, so they are described here.

drf-spectacular finds a route's class in the callback's ``cls``; these classes are only ever read there.
"""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiRequest,
    OpenApiResponse,
    extend_schema,
)
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
_LINE = {
    "timestamp": "2026-01-05T03:12:44Z",
    "level": "ERROR",
    "program": "sshd",
    "message": "Failed password for root from 203.0.113.9",
}
_MODEL = {
    "model": "default",
    "version": "20261122_210422",
    "reference": "default:20261122_210422",
    "generation": 1,
    "feature_set": "training-service-v1",
    "threshold": 0.52,
    "threshold_source": "metadata",
    "calibration": "scores",
}
_ANALYZED: dict[str, Any] = {
    "model": _MODEL | {"batch": 1, "imputed": []},
    "run": "0f8fad5bd9cb469fa16570867728950e",
    "summary": {
        "records": 1,
        "scored": 1,
        "rejected": 0,
        "anomalies": 1,
        "anomaly_rate": 1.0,
        "inference_time": 0.0009,
        "stored": 1,
        "known": 0,
        "storing_problem": None,
    },
    "results": [
        {
            "index": 0,
            "log_entry": _LINE,
            "analysis_result": {
                "prediction": -1,
                "anomaly_score": 0.61,
                "severity": 58.4,
                "is_anomaly": True,
                "threshold": 0.52,
                "model_version": "20261122_210422",
                "timestamp": "2026-01-05T03:12:44Z",
                "timestamp_assumed": False,
            },
            "analysis_timestamp": "2026-01-05T03:12:45Z",
            "model_version": "20261122_210422",
        }
    ],
    "errors": [],
}
_ANALYZED_BY_LINE = "".join(
    json.dumps(line) + "\n"
    for line in (
        {key: _ANALYZED[key] for key in ("model", "run", "summary")},
        *_ANALYZED["results"],
    )
)
_PREDICTED = {
    "model": _MODEL,
    "rows": 1,
    "predictions": [1],
    "scores": [0.41],
    "severities": [3.2],
    "is_anomaly": [False],
    "threshold": 0.52,
    "inference_time": 0.00002,
    "probabilities": [[0.74, 0.26]],
    "calibrated": True,
}


def _examples(request: Any, response: Any) -> list[OpenApiExample]:
    kind = "application/json"
    return [
        OpenApiExample("Request", value=request, request_only=True, media_type=kind),
        OpenApiExample("Answer", value=response, response_only=True, status_codes=["200"], media_type=kind),
    ]


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
        responses={
            (200, "application/json"): shapes.Analyzed,
            (200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR),
            **_PROBLEMS,
        },
        examples=[
            *_examples([_LINE], _ANALYZED),
            OpenApiExample(
                "NDJSON",
                value='{"message": "link up"}\n{"message": "link down"}\n',
                request_only=True,
                media_type="application/x-ndjson",
            ),
            OpenApiExample(
                "Answer line by line",
                value=_ANALYZED_BY_LINE,
                response_only=True,
                status_codes=["200"],
                media_type="application/x-ndjson",
            ),
        ],
    )
    def post(self) -> None:
        """Score log records as one batch; the features of a record depend on the others sent with it.

        The body is a JSON array, an object `{"logs": […]}`, or NDJSON; gzip is understood.

        With `Accept: application/x-ndjson` the answer comes line by line and is never held as a whole: first
        one object with `model`, `run` and `summary`, then `summary.scored` results in input order, then
        `summary.rejected` objects `{"error": {…}}`.
        """


class PredictDocumentation(APIView):
    """Describes POST /models/predict."""

    permissions_needed: ClassVar = {"post": PERMISSION}
    needs_body = True

    @extend_schema(
        operation_id="models_predict",
        parameters=_WHICH,
        request=shapes.Rows,
        responses={200: shapes.Predicted, **_PROBLEMS},
        examples=_examples({"features": [{"message_length": 41.0}], "probabilities": True}, _PREDICTED),
    )
    def post(self) -> None:
        """Score feature rows, each a list in the version's order or an object by name."""


def documented(
    view: Callable[[HttpRequest], HttpResponseBase], by: type[APIView]
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The same view, shown in the OpenAPI document as ``by`` says."""
    attributes: dict[str, Any] = {"cls": by, "initkwargs": {}}
    vars(view).update(attributes)
    return view
