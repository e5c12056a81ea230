"""What lists of versions show of their validation."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Max

from inference.models import ValidationReport
from inference.validation.presentation import brief


def by_version(version_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """``last_validation`` of each version, null where it was never validated; two queries in all."""
    reports = ValidationReport.objects.filter(version_id__in=version_ids)
    newest = (
        reports.order_by().values("version_id").annotate(newest=Max("id")).values_list("newest", flat=True)
    )
    rows = {row.version_id: row for row in ValidationReport.objects.filter(pk__in=list(newest))}
    return {key: {"last_validation": brief(rows[key]) if key in rows else None} for key in version_ids}
