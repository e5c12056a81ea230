"""Query parameters of the list of versions."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from modelhub.api.filters import StrictFilters
from modelhub.registry.models import ModelVersion
from modelhub.registry.querysets import STANDINGS

STATUSES = [(name, name) for name in STANDINGS]


class VersionFilter(StrictFilters):
    """``?model=`` by name, ``?status=`` by standing."""

    model = filters.CharFilter(field_name="model__name", label="Name of the registered model.")
    status = filters.ChoiceFilter(method="by_status", choices=STATUSES, label="Standing of the version.")

    class Meta:
        model = ModelVersion
        fields = ["model", "status"]

    def by_status(self, versions: QuerySet[ModelVersion], name: str, value: str) -> QuerySet[ModelVersion]:
        """Keep the versions of that standing."""
        return versions.filter(STANDINGS[value])
