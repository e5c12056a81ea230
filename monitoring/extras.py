"""What lists of versions show of monitoring."""

from collections.abc import Mapping, Sequence
from typing import Any

from monitoring import drift_checks, summaries
from monitoring.drift_presentation import last_check


def by_version(version_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """``inference_totals`` and ``last_drift_check`` of each version."""
    totals = summaries.totals(version_ids)
    checks = drift_checks.latest(version_ids)
    return {
        version_id: {
            "inference_totals": totals.get(version_id),
            "last_drift_check": last_check(checks[version_id]) if version_id in checks else None,
        }
        for version_id in version_ids
    }
