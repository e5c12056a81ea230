"""What lists of versions show of monitoring."""

from collections.abc import Mapping, Sequence
from typing import Any


def by_version(version_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """``inference_totals`` and ``last_drift_check`` of each version."""
    return {}
