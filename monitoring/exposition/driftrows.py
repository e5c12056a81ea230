"""The newest drift check of every version that serves, as numbers."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Max

from modelhub.registry.models import RegisteredModel
from monitoring.exposition.samples import Sample, sample
from monitoring.models import DriftCheck
from monitoring.models.drift import Verdict

MOST_TARGETS = 50  # of one check: those that drifted come first, the largest effects next
_ASKED = ("version__model__name", "version__label", "verdict", "drift_score", "checked_at", "indicators")
_TOLD = (("drift_statistic", "statistic"), ("drift_adjusted_p_value", "p_adjusted"))


def drift() -> Iterator[Sample]:
    """Verdict, score, time and tests of each newest check. Raises DatabaseError."""
    serving = RegisteredModel.objects.exclude(current_version=None).values("current_version")
    newest = DriftCheck.objects.filter(version__in=serving).order_by().values("version")
    wanted = [found["newest"] for found in newest.annotate(newest=Max("pk"))]
    for row in DriftCheck.objects.filter(pk__in=wanted).values(*_ASKED, "features"):
        version = (row["version__model__name"], row["version__label"])
        yield sample("drift_last_check_timestamp_seconds", version, row["checked_at"].timestamp())
        # Too little data is no good news: it is neither 0 nor 1.
        if row["verdict"] != Verdict.INSUFFICIENT_DATA:
            yield sample("drift_detected", version, float(row["verdict"] == Verdict.DRIFT))
        if row["drift_score"] is not None:
            yield sample("drift_score", version, row["drift_score"])
        for test in _tests(row):
            for name, key in _TOLD:
                if test.get(key) is not None:
                    yield sample(name, (*version, str(test["name"]), str(test["test"])), float(test[key]))


def _tests(row: dict[str, Any]) -> list[dict[str, Any]]:
    indicators = row["indicators"] or {}
    overall = [indicators.get(name) for name in ("scores", "anomaly_rate")]
    return [test for test in overall if test] + list(row["features"] or [])[:MOST_TARGETS]
