"""Endpoints of performance: one version, all versions, the report, and clearing old metrics away."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.formats import ByFormat
from modelhub.api.pagination import Pages
from modelhub.api.parameters import parameters
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS
from modelhub.registry import references
from monitoring import performance, reports, retention, summaries
from monitoring.api import performance_shapes as shapes

_VERSION = OpenApiParameter("version", str, "path", description="LABEL, NAME:LABEL or NAME@ALIAS.")
_PAGES = [
    OpenApiParameter("page", int),
    OpenApiParameter("page_size", int, description="At most 500."),
]


class VersionPerformance(APIView):
    """How one version performed."""

    permissions_needed: ClassVar = {"get": "monitoring.view_inferencemetric"}

    @extend_schema(
        operation_id="get_performance",
        parameters=[_VERSION, shapes.WindowQuery],
        responses={200: shapes.PerformanceMetrics, **PROBLEMS},
        examples=[shapes.METRICS_EXAMPLE],
    )
    def get(self, request: Request, version: str) -> Response:
        """Totals, rates, quantiles and a series over a window; zeros and nulls where nothing was scored."""
        length = parameters(shapes.WindowQuery, request)["window"]
        summary = summaries.of_version(references.find(version), length=length)
        return Response(performance.metrics(summary))


class AllPerformance(APIView):
    """How all versions performed."""

    permissions_needed: ClassVar = {"get": "monitoring.view_inferencemetric"}

    @extend_schema(
        operation_id="list_performance",
        parameters=[shapes.WindowQuery, *_PAGES],
        responses={200: shapes.PerformancePage, **PROBLEMS},
        examples=[shapes.PAGE_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """The versions of all registered models, busiest first, without their series."""
        length = parameters(shapes.WindowQuery, request)["window"]
        pages = Pages()
        versions = pages.paginate_queryset(summaries.busiest(length=length), request)
        found = summaries.of_versions(versions or [], length=length)
        return pages.get_paginated_response([performance.without_series(summary) for summary in found])


class _Html(BaseRenderer):
    media_type = "text/html"
    format = "html"

    def render(self, data: Any, media_type: Any = None, context: Any = None) -> bytes:
        """The finished page."""
        return str(data).encode()


class VersionReport(APIView):
    """The performance report of a version."""

    permissions_needed: ClassVar = {"get": "monitoring.view_inferencemetric"}
    renderer_classes = [JSONRenderer, _Html]
    content_negotiation_class = ByFormat

    @extend_schema(
        operation_id="get_performance_report",
        parameters=[_VERSION, shapes.ReportQuery],
        responses={
            (200, "application/json"): shapes.PerformanceReport,
            (200, "text/html"): OpenApiResponse(str, description="One self-contained page."),
            **PROBLEMS,
        },
        examples=[shapes.REPORT_EXAMPLE],
    )
    def get(self, request: Request, version: str) -> Response:
        """Summary, trends, drift and recommendations, as JSON or as one page that prints well."""
        query = parameters(shapes.ReportQuery, request)
        made = reports.report(references.find(version), length=query["window"])
        is_page = query["format"] == "html"
        return Response(reports.as_html(made) if is_page else reports.as_json(made))


class Cleanup(APIView):
    """Clearing old metrics away."""

    permissions_needed: ClassVar = {"delete": "monitoring.cleanup_metrics"}

    @extend_schema(
        operation_id="cleanup_performance",
        parameters=[shapes.CleanupQuery],
        responses={200: shapes.Cleaned, **PROBLEMS},
        examples=[shapes.CLEANED_EXAMPLE],
    )
    def delete(self, request: Request) -> Response:
        """Delete metrics of time that ended more than ``days_to_keep`` days ago; 0 needs ``confirm=true``."""
        query = parameters(shapes.CleanupQuery, request)
        pruned = retention.prune(
            actor_of(request), days_to_keep=query["days_to_keep"], confirm=query["confirm"]
        )
        return Response(performance.cleaned(pruned, days_to_keep=query["days_to_keep"]))
