"""``?ordering=`` by the names the API shows, always total, so that no page repeats or skips a row."""

from typing import Any

from django.db.models import F, QuerySet
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request


class TotalOrdering(OrderingFilter):
    """A view's ``ordering_columns`` maps names to columns; the newest id decides ties, nulls come last."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows in the wished order; names that are not offered are ignored, as DRF does."""
        columns: dict[str, str] = getattr(view, "ordering_columns", {})
        wished = [name.strip() for name in request.query_params.get(self.ordering_param, "").split(",")]
        order = [
            F(columns[name.lstrip("-")]).desc(nulls_last=True)
            if name.startswith("-")
            else F(columns[name]).asc(nulls_last=True)
            for name in wished
            if name.lstrip("-") in columns
        ]
        return queryset.order_by(*order, "-pk") if order else queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter in the OpenAPI document."""
        names = ", ".join(getattr(view, "ordering_columns", {}))
        described = f"Comma separated, - for descending: {names}."
        return [{"name": "ordering", "in": "query", "description": described, "schema": {"type": "string"}}]
