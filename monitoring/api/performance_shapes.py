"""Shapes and examples of the performance endpoints, for query parameters and the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers

from modelhub.api.formats import FormatQuery
from modelhub.api.parameters import WholeNumber
from monitoring import window as windows
from monitoring.models.drift import Verdict
from monitoring.retention import MOST_DAYS

_WINDOW = "Seconds, or a number with s, m, h or d: `30m`, `1h`, `7d`. At most 366 days."


@extend_schema_field({"type": "string", "pattern": windows.PATTERN})
class WindowField(serializers.CharField):
    """A length of time as text; :func:`monitoring.window.parse` reads it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=16, **kwargs)


class WindowQuery(serializers.Serializer[Any]):
    """Query parameter of a summary."""

    window = WindowField(required=False, default=windows.DEFAULT, help_text=_WINDOW)


class ReportQuery(FormatQuery, WindowQuery):
    """Query parameters of a report."""


class CleanupQuery(serializers.Serializer[Any]):
    """Query parameters of a clean-up."""

    days_to_keep = WholeNumber(required=False, default=30, min_value=0, max_value=MOST_DAYS)
    confirm = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Must be true for `days_to_keep=0`, which deletes everything.",
    )


class _Figures(serializers.Serializer[Any]):
    """Durations in seconds, rates in [0, 1]; null where nothing was scored."""

    avg_inference_time = serializers.FloatField(allow_null=True)
    min_inference_time = serializers.FloatField(allow_null=True)
    max_inference_time = serializers.FloatField(allow_null=True)
    p50_inference_time = serializers.FloatField(allow_null=True, help_text="Within 3.2 % of the exact one.")
    p95_inference_time = serializers.FloatField(allow_null=True)
    p99_inference_time = serializers.FloatField(allow_null=True)
    throughput = serializers.FloatField(help_text="Records a second over the whole window.")
    error_rate = serializers.FloatField(allow_null=True)
    avg_anomaly_score = serializers.FloatField(allow_null=True)
    anomaly_rate = serializers.FloatField(allow_null=True)
    total_anomalies = serializers.IntegerField()


class _StepShape(serializers.Serializer[Any]):
    """One minute, hour or day."""

    start = serializers.DateTimeField()
    requests = serializers.IntegerField()
    inferences = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    anomalies = serializers.IntegerField()
    anomaly_rate = serializers.FloatField(allow_null=True)
    avg_anomaly_score = serializers.FloatField(allow_null=True)
    avg_inference_time = serializers.FloatField(allow_null=True)
    p50_inference_time = serializers.FloatField(allow_null=True)
    p95_inference_time = serializers.FloatField(allow_null=True)
    p99_inference_time = serializers.FloatField(allow_null=True)


class _WindowShape(serializers.Serializer[Any]):
    """The span summed over; it begins at a whole step, so it may be a little longer than asked for."""

    seconds = serializers.FloatField()
    to = serializers.DateTimeField()
    step = serializers.ChoiceField(choices=["minute", "hour", "day"])

    def get_fields(self) -> dict[str, Any]:
        """``from`` is a word of Python, so it cannot be a class attribute."""
        return {"from": serializers.DateTimeField()} | super().get_fields()


class PerformanceRow(serializers.Serializer[Any]):
    """How one version performed in a window."""

    model = serializers.CharField()
    model_version = serializers.CharField()
    reference = serializers.CharField()
    window = _WindowShape()
    total_inferences = serializers.IntegerField(help_text="Records and feature rows scored.")
    total_requests = serializers.IntegerField(help_text="Failed ones included.")
    errors = serializers.IntegerField(  # type: ignore[assignment]
        help_text="Requests that the version failed; what callers sent wrong does not count."
    )
    lost_requests = serializers.IntegerField(
        help_text="Answered, but missing in these figures because a process was killed hard."
    )
    last_updated = serializers.DateTimeField(allow_null=True)
    performance_metrics = _Figures()


class PerformanceMetrics(PerformanceRow):
    """How one version performed in a window, step by step."""

    series = _StepShape(many=True)


class PerformancePage(serializers.Serializer[Any]):
    """A page of versions, busiest first."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PerformanceRow(many=True)


class _TrendShape(serializers.Serializer[Any]):
    """One figure in the earlier and the later half of the window."""

    name = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True, help_text="Relative: 0.5 is half as much again.")
    direction = serializers.ChoiceField(choices=["rising", "falling", "steady", "unknown"])


class _CheckShape(serializers.Serializer[Any]):
    """One drift check."""

    check_id = serializers.IntegerField()
    checked_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    drift_score = serializers.FloatField(allow_null=True)
    detail = serializers.CharField()


class PerformanceReport(serializers.Serializer[Any]):
    """What happened, how it changed, what to do about it."""

    model = serializers.CharField()
    model_version = serializers.CharField()
    reference = serializers.CharField()
    generated_at = serializers.DateTimeField()
    summary = PerformanceRow()
    trends = _TrendShape(many=True)
    series = _StepShape(many=True)
    drift = _CheckShape(many=True, help_text="Newest first.")
    recommendations = serializers.ListField(child=serializers.CharField())


class Cleaned(serializers.Serializer[Any]):
    """Answer of a clean-up."""

    status = serializers.CharField()
    deleted = serializers.IntegerField()
    kept = serializers.IntegerField()
    message = serializers.CharField()


_FIGURES = {
    "avg_inference_time": 0.0021,
    "min_inference_time": 0.0004,
    "max_inference_time": 0.031,
    "p50_inference_time": 0.0018,
    "p95_inference_time": 0.0044,
    "p99_inference_time": 0.0119,
    "throughput": 14.2,
    "error_rate": 0.0,
    "avg_anomaly_score": 0.46,
    "anomaly_rate": 0.012,
    "total_anomalies": 614,
}
_ROW = {
    "model": "default",
    "model_version": "20261122_210422",
    "reference": "default:20261122_210422",
    "window": {
        "from": "2026-11-22T20:00:00Z",
        "to": "2026-11-22T21:00:12Z",
        "seconds": 3612.0,
        "step": "minute",
    },
    "total_inferences": 51_290,
    "total_requests": 513,
    "errors": 0,
    "lost_requests": 0,
    "last_updated": "2026-11-22T21:00:11.8Z",
    "performance_metrics": _FIGURES,
}
_STEP = {
    "start": "2026-11-22T20:59:00Z",
    "requests": 9,
    "inferences": 900,
    "errors": 0,
    "anomalies": 11,
    "anomaly_rate": 0.0122,
    "avg_anomaly_score": 0.46,
    "avg_inference_time": 0.002,
    "p50_inference_time": 0.0018,
    "p95_inference_time": 0.0041,
    "p99_inference_time": 0.0044,
}


def _example(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(
        name, value=value, response_only=True, status_codes=["200"], media_type="application/json"
    )


METRICS_EXAMPLE = _example("An hour", _ROW | {"series": [_STEP]})
PAGE_EXAMPLE = _example("One version", {"count": 1, "next": None, "previous": None, "results": [_ROW]})
REPORT_EXAMPLE = _example(
    "A quiet hour",
    {
        "model": "default",
        "model_version": "20261122_210422",
        "reference": "default:20261122_210422",
        "generated_at": "2026-11-22T21:00:12Z",
        "summary": _ROW,
        "trends": [
            {"name": "requests", "before": 250.0, "after": 263.0, "change": 0.052, "direction": "steady"}
        ],
        "series": [_STEP],
        "drift": [
            {
                "check_id": 8,
                "checked_at": "2026-11-22T20:45:00Z",
                "verdict": "no_drift",
                "drift_score": 0.03,
                "detail": "Nothing drifted.",
            }
        ],
        "recommendations": ["Nothing stands out. No action is needed."],
    },
)
CLEANED_EXAMPLE = _example(
    "Old minutes",
    {
        "status": "cleaned",
        "deleted": 1440,
        "kept": 2210,
        "message": "1,440 metric rows older than 30 days were deleted, 2,210 kept.",
    },
)
