"""Declared values that cannot be true: noted, never believed, never a reason to refuse."""

from collections.abc import Mapping
from datetime import datetime

from modelhub.artifacts.types import Note

SHARES = (
    "anomaly_ratio",
    "accuracy",
    "precision",
    "recall",
    "f1_score",
    "roc_auc",
    "average_precision",
)


def notes(
    metrics: Mapping[str, float | None], *, samples: int | None, created_at: str | None
) -> tuple[Note, ...]:
    """One ``metadata_suspect`` note per declared value outside its possible range."""
    found = [
        f"{name} is {metrics[name]:g}, outside 0 to 1" for name in SHARES if not _is_share(metrics.get(name))
    ]
    if (spread := metrics.get("score_std")) is not None and spread < 0:
        found.append(f"score_std is {spread:g}, below zero")
    if (
        (low := metrics.get("score_min")) is not None
        and (high := metrics.get("score_max")) is not None
        and low > high
    ):
        found.append("score_min is above score_max")
    if samples is not None and samples < 1:
        found.append(f"training_samples is {samples}")
    if created_at is not None and parse_time(created_at) is None:
        found.append("the training date is not an ISO 8601 time")
    return tuple(
        Note("metadata_suspect", f"Declared by the package, not believed: {what}.") for what in found
    )


def parse_time(text: str | None) -> datetime | None:
    """The time, naive where the text has no zone, or None where it is no ISO 8601 time of 1970 to 2200."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if 1970 <= time.year <= 2200 else None


def _is_share(value: float | None) -> bool:
    return value is None or 0 <= value <= 1
