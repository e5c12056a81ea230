"""Query parameters of the lists."""

from typing import Any

from django_filters import rest_framework as filters

from modelhub.api.filters import StrictFilters
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind


class AlertFilter(StrictFilters):
    """``?state=``, ``?kind=``, ``?model=``."""

    state = filters.ChoiceFilter(method="by_state", choices=[("open", "open"), ("closed", "closed")])
    kind = filters.ChoiceFilter(choices=AlertKind.choices)
    model = filters.CharFilter(field_name="version__model__name")

    class Meta:
        model = Alert
        fields = ["state", "kind", "model"]

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        """Open or closed ones."""
        return rows.filter(closed_at__isnull=value == "open")
