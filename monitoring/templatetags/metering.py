"""Figures of performance in templates, and the panels that other apps' pages include."""

from typing import Any

from django import template

from modelhub.registry.models import Deployment, ModelVersion
from monitoring import charts, performance, summaries
from monitoring.reports import Trend
from monitoring.summaries import Summary, ratio

register = template.Library()
PANEL_WINDOW = "1h"


@register.filter
def seconds(value: float | None) -> str:
    """A duration with its unit, three digits; a dash for none."""
    return charts.words(value)


@register.filter
def rate(value: float | None) -> str:
    """A share of 0 to 1 as a percentage; a dash for none."""
    return "–" if value is None else _percent(value)


@register.filter
def before(trend: Trend) -> str:
    """The figure of the earlier half, in its unit."""
    return _figure(trend.name, trend.before)


@register.filter
def after(trend: Trend) -> str:
    """The figure of the later half, in its unit."""
    return _figure(trend.name, trend.after)


@register.filter
def change(trend: Trend) -> str:
    """The relative change with its sign; a dash where there is nothing to compare."""
    return "–" if trend.change is None else f"{trend.change:+.0%}"


@register.simple_tag
def performance_of(version: ModelVersion) -> dict[str, Any]:
    """The last hour of one version, for its panel."""
    return panel(summaries.of_version(version, length=PANEL_WINDOW))


@register.simple_tag
def performance_of_deployed() -> list[dict[str, Any]]:
    """The last hour of every deployed version; three queries however many there are."""
    deployments = Deployment.objects.open().select_related("version__model").order_by("version__model__name")
    versions = [deployment.version for deployment in deployments]
    return [panel(one) for one in summaries.of_versions(versions, length=PANEL_WINDOW)] if versions else []


def panel(summary: Summary) -> dict[str, Any]:
    """What a panel or a line of a list shows of a summary."""
    counted = summary.counted
    return {
        "version": summary.version,
        "requests": counted.requests,
        "records": counted.records,
        "errors": counted.errors,
        "lost": summary.lost_requests,
        "throughput": summary.throughput,
        "p50": charts.words(performance.quantile(counted, 0.5)),
        "p95": charts.words(performance.quantile(counted, 0.95)),
        "p99": charts.words(performance.quantile(counted, 0.99)),
        "anomaly_rate": rate(ratio(counted.anomalies, counted.records)),
        "error_rate": rate(ratio(counted.errors, counted.requests)),
        "picture": next(iter(charts.pictures(summary)), None),
    }


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name.endswith("_time"):
        return charts.words(value)
    if name.endswith("_rate"):
        return _percent(value)
    return f"{value:,.0f}" if name == "requests" else f"{value:,.4g}"


def _percent(value: float) -> str:
    return f"{value * 100:.3g} %"
