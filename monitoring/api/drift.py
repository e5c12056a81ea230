"""Endpoints of drift: checking a version now, and the checks there were."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.pagination import Newest
from modelhub.api.parameters import parameters
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS
from modelhub.registry import references
from monitoring import drift_checks, window
from monitoring.api.performance_shapes import WindowField
from monitoring.drift.result import Verdict
from monitoring.drift_presentation import drift_result
from monitoring.models import DriftCheck


class DriftQuery(serializers.Serializer[Any]):
    """What a check compares."""

    window = WindowField(
        required=False,
        help_text="The current window: seconds, or a number with s, m, h or d. Without it the newest minutes "
        "with 1,000 records that span 15 minutes, within 24 hours.",
    )


class DriftHistoryQuery(serializers.Serializer[Any]):
    """What narrows the list of checks."""

    verdict = serializers.ChoiceField(required=False, choices=[verdict.value for verdict in Verdict])


class ColumnTest(serializers.Serializer[Any]):
    """One column compared; further plain numbers (psi, wasserstein, unseen_share) may follow."""

    name = serializers.CharField()
    test = serializers.CharField()
    statistic = serializers.FloatField(allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    p_adjusted = serializers.FloatField(allow_null=True, help_text="Benjamini and Hochberg, over all tests.")
    effect = serializers.FloatField(allow_null=True, help_text="0 to 1.")
    drifted = serializers.BooleanField()
    judged = serializers.BooleanField(help_text="False for columns that only tell the time of the clock.")
    verdict = serializers.CharField()
    n_reference = serializers.IntegerField()
    n_current = serializers.IntegerField()
    why = serializers.CharField(help_text="Why there is no p value, else empty.")
    missing = serializers.DictField(
        allow_null=True, help_text="The test of missing values, if there are any."
    )


class Indicators(serializers.Serializer[Any]):
    """The three changes, null where nothing is known of them, and the tests they come from."""

    anomaly_rate_change = serializers.FloatField(allow_null=True, help_text="Difference of the shares.")
    score_distribution_change = serializers.FloatField(allow_null=True, help_text="Effect, 0 to 1.")
    inference_time_change = serializers.FloatField(allow_null=True, help_text="Of the median, relative.")
    anomaly_rate = serializers.DictField(allow_null=True)
    scores = serializers.DictField(allow_null=True)
    inference_time = serializers.DictField(allow_null=True, help_text="Reported, never a reason for drift.")
    unseen_columns = serializers.ListField(child=serializers.CharField())
    absent_columns = serializers.ListField(child=serializers.CharField())


class DriftShape(serializers.Serializer[Any]):
    """One check (ModelDriftResult)."""

    check_id = serializers.IntegerField()
    model = serializers.CharField()
    version = serializers.CharField()
    drift_detected = serializers.BooleanField()
    verdict = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])
    detail = serializers.CharField(help_text="The verdict in words.")
    drift_score = serializers.FloatField(allow_null=True, help_text="The largest effect, 0 to 1.")
    confidence = serializers.FloatField(allow_null=True, help_text="1 minus the least adjusted p value.")
    threshold = serializers.FloatField(help_text="Significance level of the adjusted p values.")
    indicators = Indicators()
    features = ColumnTest(many=True)
    reference = serializers.DictField(help_text="kind, from, to, n")
    current = serializers.DictField(help_text="from, to, n")
    settings = serializers.DictField(help_text="Every number that the verdict depends on.")
    checked_at = serializers.DateTimeField()
    checked_by = serializers.CharField()
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")


class DriftPage(serializers.Serializer[Any]):
    """A page of checks; ``next`` leads to older ones."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = DriftShape(many=True)


_TEST = {
    "name": "message_length",
    "test": "kolmogorov_smirnov",
    "statistic": 0.31,
    "p_value": 1.2e-44,
    "p_adjusted": 3.5e-43,
    "effect": 0.31,
    "drifted": True,
    "judged": True,
    "verdict": "drift",
    "n_reference": 18000,
    "n_current": 1204,
    "why": "",
    "psi": 0.62,
    "wasserstein": 0.8,
    "missing": None,
}
_CHECK = {
    "check_id": 12,
    "model": "default",
    "version": "20261122_210422",
    "drift_detected": True,
    "verdict": "drift",
    "detail": "1 of 26 features drifted, message_length most.",
    "drift_score": 0.31,
    "confidence": 1.0,
    "threshold": 0.05,
    "indicators": {
        "anomaly_rate_change": 0.004,
        "score_distribution_change": 0.03,
        "inference_time_change": -0.08,
        "anomaly_rate": None,
        "scores": None,
        "inference_time": {"before": 0.0012, "after": 0.0011, "slower_probability": 0.44},
        "unseen_columns": [],
        "absent_columns": [],
    },
    "features": [_TEST],
    "reference": {"kind": "training", "from": None, "to": "2026-11-22T21:04:22+00:00", "n": 18000},
    "current": {"from": "2026-11-23T09:12:00+00:00", "to": "2026-11-23T09:27:00+00:00", "n": 1204},
    "settings": {
        "alpha": 0.05,
        "min_effect": 0.05,
        "min_reference": 100,
        "min_current": 1000,
        "correction": "benjamini_hochberg",
        "window_s": None,
    },
    "checked_at": "2026-11-23T09:27:04Z",
    "checked_by": "maria",
    "duration": 0.03,
}
_EXAMPLE = OpenApiExample("Drift in one feature", value=_CHECK, response_only=True, status_codes=["200"])
_PAGE_EXAMPLE = OpenApiExample(
    "One check",
    value={"next": None, "previous": None, "results": [_CHECK]},
    response_only=True,
    status_codes=["200"],
)


class DriftCheckNow(APIView):
    """Checking one version for drift."""

    permissions_needed: ClassVar = {"post": "monitoring.check_drift"}

    @extend_schema(
        operation_id="check_drift",
        request=None,
        parameters=[DriftQuery, OpenApiParameter("version", str, "path")],
        responses={200: DriftShape, **PROBLEMS},
        examples=[_EXAMPLE],
    )
    def post(self, request: Request, version: str) -> Response:
        """Compare what the version scored lately with its reference, and store the check.

        Too little to compare is a 200 with the verdict ``insufficient_data`` and what is missing.
        """
        wished = parameters(DriftQuery, request).get("window")
        length = window.parse(wished) if wished is not None else None
        row = drift_checks.check(references.find(version), actor_of(request), window=length)
        return Response(drift_result(row))


class DriftCheckList(APIView):
    """The drift checks of one version."""

    permissions_needed: ClassVar = {"get": "monitoring.view_driftcheck"}
    cursor_ordering = "-id"

    @extend_schema(
        operation_id="list_drift_checks",
        parameters=[
            DriftHistoryQuery,
            OpenApiParameter("version", str, "path"),
            OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
            OpenApiParameter("page_size", int, description="At most 500."),
        ],
        responses={200: DriftPage, **PROBLEMS},
        examples=[_PAGE_EXAMPLE],
    )
    def get(self, request: Request, version: str) -> Response:
        """Newest first, with every number of every test."""
        query = parameters(DriftHistoryQuery, request)
        rows = DriftCheck.objects.filter(version=references.find(version), **query)
        pages = Newest()
        found = pages.paginate_queryset(
            rows.select_related("version__model").defer("distributions"), request, view=self
        )
        return pages.get_paginated_response([drift_result(row) for row in found or []])
