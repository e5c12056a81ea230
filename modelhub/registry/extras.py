"""What the rooms above know of versions, for lists and pages of the registry."""

from collections.abc import Mapping, Sequence
from typing import Any

from modelhub import conf

_UNKNOWN: Mapping[str, Any] = {"last_validation": None, "last_drift_check": None, "inference_totals": None}


def by_version(version_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """For every version its last validation, last drift check and inference totals; None: there is none.

    Asks each hook of ``VERSION_EXTRAS`` once, so the number of queries does not grow with the versions.
    """
    found = {pk: dict(_UNKNOWN) for pk in version_ids}
    for hook in conf.hooks("VERSION_EXTRAS"):
        for pk, fields in hook(version_ids).items():
            found[pk] |= fields
    return found
