"""What lists of versions show of their validation."""

from collections.abc import Mapping, Sequence
from typing import Any


def by_version(version_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """``last_validation`` of each version."""
    return {}
