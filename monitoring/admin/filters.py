"""Ways to narrow the list of anomalies; each one is served by an index or by the newest rows."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest

from modelhub.console.columns import shortened
from monitoring.models import Anomaly

PROGRAMS_SHOWN = 30
ROWS_LOOKED_AT = 5_000


class SeverityFilter(admin.SimpleListFilter):
    """The bands that badges and charts use."""

    title = "severity"
    parameter_name = "band"
    bands = {"severe": (75, None), "high": (50, 75), "low": (None, 50)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("severe", "Severe: 75 and above"), ("high", "High: 50 to 75"), ("low", "Low: under 50")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        low, high = self.bands.get(self.value() or "", (None, None))
        if low is not None:
            queryset = queryset.filter(severity__gte=low)
        return queryset if high is None else queryset.filter(severity__lt=high)


class RecentFilter(admin.SimpleListFilter):
    """A range that ends at the newest anomaly, because scored logs may be older than today."""

    title = "time"
    parameter_name = "within"
    ranges = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("hour", "Newest hour"), ("day", "Newest day"), ("week", "Newest week")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        span = self.ranges.get(self.value() or "")
        newest = Anomaly.objects.aggregate(newest=Max("observed_at"))["newest"] if span else None
        return queryset.filter(observed_at__gt=newest - span) if newest and span else queryset


class ProgramFilter(admin.SimpleListFilter):
    """The programs seen in the newest anomalies; a full scan for distinct names would grow with the table."""

    title = "program"
    parameter_name = "program"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = Anomaly.objects.values_list("program", flat=True)[:ROWS_LOOKED_AT]
        names = sorted({name for name in newest if name})[:PROGRAMS_SHOWN]
        return [(name, shortened(name, limit=40)) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(program=self.value()) if self.value() else queryset
