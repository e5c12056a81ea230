"""Summaries as JSON, for the API, the commands and the façade."""

from typing import Any

from monitoring.metering.aggregate import Aggregate
from monitoring.retention import Pruned
from monitoring.summaries import Step, Summary, finite, ratio


def metrics(summary: Summary) -> dict[str, Any]:
    """ModelPerformanceMetrics: times aware UTC, durations in seconds, rates in [0, 1], null where unknown."""
    counted, version = summary.counted, summary.version
    return {
        "model": version.model.name,
        "model_version": version.label,
        "reference": version.reference,
        "window": {
            "seconds": summary.window.seconds,
            "from": summary.window.start,
            "to": summary.window.end,
            "step": summary.window.step_name,
        },
        "total_inferences": counted.records,
        "total_requests": counted.requests,
        "errors": counted.errors,
        "lost_requests": summary.lost_requests,
        "last_updated": summary.updated_at,
        "performance_metrics": {
            "avg_inference_time": ratio(counted.duration_sum_s, counted.requests),
            "min_inference_time": finite(counted.duration_min_s),
            "max_inference_time": finite(counted.duration_max_s),
            **_quantiles(counted),
            "throughput": summary.throughput,
            "error_rate": ratio(counted.errors, counted.requests),
            "avg_anomaly_score": ratio(counted.score_sum, counted.records),
            "anomaly_rate": ratio(counted.anomalies, counted.records),
            "total_anomalies": counted.anomalies,
        },
        "series": [_step(step) for step in summary.steps],
    }


def without_series(summary: Summary) -> dict[str, Any]:
    """One row of a list of versions."""
    return {name: value for name, value in metrics(summary).items() if name != "series"}


def cleaned(pruned: Pruned, *, days_to_keep: int) -> dict[str, Any]:
    """What a clean-up did."""
    days = f"{days_to_keep} day{'' if days_to_keep == 1 else 's'}"
    return {
        "status": "cleaned",
        "deleted": pruned.deleted,
        "kept": pruned.kept,
        "message": f"{pruned.deleted:,} metric rows older than {days} were deleted, {pruned.kept:,} kept.",
    }


def quantile(counted: Aggregate, share: float) -> float | None:
    """Seconds that ``share`` of the requests did not exceed, between the extremes that were measured."""
    found, low, high = counted.durations.quantile(share), counted.duration_min_s, counted.duration_max_s
    if found is None or low is None or high is None:
        return None
    return min(max(found, low), high)


def _quantiles(counted: Aggregate) -> dict[str, float | None]:
    return {f"p{percent}_inference_time": quantile(counted, percent / 100) for percent in (50, 95, 99)}


def _step(step: Step) -> dict[str, Any]:
    counted = step.counted
    return {
        "start": step.start,
        "requests": counted.requests,
        "inferences": counted.records,
        "errors": counted.errors,
        "anomalies": counted.anomalies,
        "anomaly_rate": ratio(counted.anomalies, counted.records),
        "avg_anomaly_score": ratio(counted.score_sum, counted.records),
        "avg_inference_time": ratio(counted.duration_sum_s, counted.requests),
        **_quantiles(counted),
    }
