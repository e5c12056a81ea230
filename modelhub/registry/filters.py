"""Query parameters of the list of versions."""

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from modelhub.registry.models import ModelVersion

STATUSES = [(name, name) for name in ("deployed", "loaded", "available", "inactive")]


class VersionFilter(filters.FilterSet):
    """``?model=`` by name, ``?status=`` by standing."""

    model = filters.CharFilter(field_name="model__name", label="Name of the registered model.")
    status = filters.ChoiceFilter(method="by_status", choices=STATUSES, label="Standing of the version.")

    class Meta:
        model = ModelVersion
        fields = ["model", "status"]

    def by_status(self, versions: QuerySet[ModelVersion], name: str, value: str) -> QuerySet[ModelVersion]:
        """Keep the versions of that standing."""
        conditions = {
            "deployed": Q(is_deployed=True),
            "loaded": Q(is_deployed=False, is_current=True),
            "available": Q(is_deployed=False, is_current=False, is_active=True),
            "inactive": Q(is_deployed=False, is_current=False, is_active=False),
        }
        return versions.filter(conditions[value])
