"""The performance report of a version: what happened, how it changed, what to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from modelhub.registry.models import ModelVersion
from monitoring import charts, performance, summaries
from monitoring import window as windows
from monitoring.metering.aggregate import Aggregate
from monitoring.models import DriftCheck
from monitoring.models.drift import Verdict
from monitoring.summaries import Step, Summary, ratio

CHECKS_SHOWN = 10
_NOTABLE = 0.2  # relative change between the halves of a window that is worth a word
_MANY_ERRORS = 0.01
_MANY_ANOMALIES = 0.3
_SLOW_TAIL = 10  # p99 over p50


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure in the earlier and the later half of the window; None where nothing was counted."""

    name: str
    label: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """Relative change, 0.5 for half as much again; None where there is nothing to compare with."""
        return (
            (self.after - self.before) / abs(self.before) if self.before and self.after is not None else None
        )

    @property
    def direction(self) -> str:
        """rising, falling, steady, or unknown."""
        if self.change is None:
            return "unknown"
        return "steady" if abs(self.change) < _NOTABLE else "rising" if self.change > 0 else "falling"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a performance report says; ``checks`` are the newest drift checks, newest first."""

    summary: Summary
    trends: tuple[Trend, ...]
    checks: tuple[DriftCheck, ...]
    recommendations: tuple[str, ...]


def report(version: ModelVersion, *, length: str = windows.DEFAULT) -> Report:
    """The report over the window that ends now. Three queries. Raises InputInvalid (``param_invalid``)."""
    summary = summaries.of_version(version, length=length)
    checks = tuple(DriftCheck.objects.filter(version=version)[:CHECKS_SHOWN])
    found = tuple(trends(summary.steps))
    return Report(summary, found, checks, tuple(recommendations(summary, found, checks)))


def trends(steps: Sequence[Step]) -> Iterator[Trend]:
    """The earlier half of the steps beside the later half."""
    middle = len(steps) // 2
    before, after = _together(steps[:middle]), _together(steps[middle:])
    figures: dict[str, tuple[str, charts.Figure]] = {
        "requests": ("Requests", lambda one: float(one.requests)),
        "p50_inference_time": ("Median time", lambda one: performance.quantile(one, 0.5)),
        "p95_inference_time": ("95th percentile of the time", lambda one: performance.quantile(one, 0.95)),
        "error_rate": ("Error rate", lambda one: ratio(one.errors, one.requests)),
        "anomaly_rate": ("Anomaly rate", lambda one: ratio(one.anomalies, one.records)),
        "avg_anomaly_score": ("Mean score", lambda one: ratio(one.score_sum, one.records)),
    }
    for name, (label, figure) in figures.items():
        yield Trend(name, label, figure(before), figure(after))


def recommendations(summary: Summary, found: Sequence[Trend], checks: Sequence[DriftCheck]) -> Iterator[str]:
    """Plain sentences, most urgent first; one at least."""
    said = [*_about_service(summary), *_about_change(found), *_about_drift(summary, checks)]
    yield from said or ["Nothing stands out. No action is needed."]


def as_json(made: Report) -> dict[str, Any]:
    """ModelPerformanceReport."""
    metrics = performance.metrics(made.summary)
    series = metrics.pop("series")
    return {
        "model": metrics["model"],
        "model_version": metrics["model_version"],
        "reference": metrics["reference"],
        "generated_at": timezone.now(),
        "summary": metrics,
        "trends": [
            {
                "name": trend.name,
                "before": trend.before,
                "after": trend.after,
                "change": summaries.finite(trend.change),
                "direction": trend.direction,
            }
            for trend in made.trends
        ],
        "series": series,
        "drift": [_check(check) for check in made.checks],
        "recommendations": list(made.recommendations),
    }


def as_html(made: Report) -> str:
    """One self-contained page: no script, no other file, readable on paper, in the light and in the dark."""
    context = {
        "report": made,
        "metrics": performance.metrics(made.summary),
        "pictures": charts.pictures(made.summary),
        "generated_at": timezone.now(),
    }
    return render_to_string("reports/performance.html", context)


def _about_service(summary: Summary) -> Iterator[str]:
    counted = summary.counted
    if not counted.requests:
        yield (
            "Nothing was scored in this window. Send records to POST /api/v1/models/analyze, or look at a "
            "longer window."
        )
        return
    if summary.lost_requests:
        yield (
            f"{summary.lost_requests:,} answered requests are missing here: a process was killed hard, or "
            "the database was away too long. Stop processes with SIGTERM."
        )
    if (rate := counted.errors / counted.requests) >= _MANY_ERRORS:
        yield f"{rate:.1%} of the requests failed. The log of the web server names each failure."
    p50, p99 = performance.quantile(counted, 0.5), performance.quantile(counted, 0.99)
    if p50 and p99 and p99 > _SLOW_TAIL * p50:
        yield (
            "The slowest hundredth of the requests takes more than ten times the median: look for very large "
            "batches, or for another load on this machine."
        )
    if counted.records and (rate := counted.anomalies / counted.records) > _MANY_ANOMALIES:
        yield (
            f"{rate:.0%} of the records are called anomalous, too many to look at. Validate the version and "
            "its threshold, or retrain on newer logs."
        )


def _about_change(found: Sequence[Trend]) -> Iterator[str]:
    by_name = {trend.name: trend for trend in found}
    if by_name["p95_inference_time"].direction == "rising":
        yield "Requests became slower within the window. Compare the load and the size of the batches."
    if by_name["anomaly_rate"].direction in ("rising", "falling"):
        yield "The anomaly rate changed within the window. Run a drift check to learn whether the logs did."


def _about_drift(summary: Summary, checks: Sequence[DriftCheck]) -> Iterator[str]:
    if not checks:
        if summary.counted.records:
            yield f"The version was never checked for drift: manage.py checkdrift {summary.version.reference}"
    elif checks[0].verdict == Verdict.DRIFT:
        yield (
            f"The last drift check found drift: {checks[0].detail or 'see its report'} Look at the drifted "
            "features, and retrain if the change is there to stay."
        )
    elif checks[0].verdict == Verdict.INSUFFICIENT_DATA:
        yield "The last drift check had too little data for a verdict. Check again after more traffic."


def _check(check: DriftCheck) -> dict[str, Any]:
    return {
        "check_id": check.pk,
        "checked_at": check.checked_at,
        "verdict": check.verdict,
        "drift_score": check.drift_score,
        "detail": check.detail,
    }


def _together(steps: Sequence[Step]) -> Aggregate:
    whole = Aggregate()
    for step in steps:
        whole.merge(step.counted)
    return whole
