"""Between aggregates in memory and rows of the database."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from modelhub.errors import ArtefactCorrupt
from monitoring.drift.profile import BinsDiffer, Profile
from monitoring.metering.aggregate import Aggregate
from monitoring.metering.histogram import Histogram
from monitoring.models import InferenceMetric
from monitoring.references import VersionBins

log = logging.getLogger(__name__)
MEASURED = (  # in the order of an aggregate's fields
    "requests",
    "errors",
    "records",
    "anomalies",
    "duration_sum_s",
    "duration_min_s",
    "duration_max_s",
    "score_sum",
)
COLUMNS = (*MEASURED, "durations", "scores", "features", "updated_at")
KEY = ("version", "resolution", "start", "process")


def columns_of(counted: Aggregate) -> dict[str, Any]:
    """The aggregate as values of a metric row's columns."""
    return {name: getattr(counted, name) for name in MEASURED} | {
        "durations": counted.durations.to_json(),
        "scores": counted.scores.counts_to_bytes() if counted.scores else b"",
        "features": counted.features.counts_to_bytes() if counted.features else b"",
    }


def aggregate_of(row: InferenceMetric, bins: VersionBins | None) -> Aggregate:
    """The row as an aggregate; its distributions only where their ``bins`` are given.

    Damaged counts and counts in other bins are left out and logged: the sums beside them still hold.
    """
    counted = sums_of({name: getattr(row, name) for name in ("pk", *MEASURED, "durations")})
    if bins is not None:
        counted.scores = _profile(bins.scores, bytes(row.scores), row)
        counted.features = _profile(bins.features, bytes(row.features), row)
    return counted


def sums_of(values: Mapping[str, Any]) -> Aggregate:
    """A row's ``pk``, :data:`MEASURED` and ``durations`` as an aggregate without distributions.

    ``durations`` may be the JSON text as it is stored.
    """
    counted = Aggregate(*(values[name] for name in MEASURED))
    try:
        stored = values["durations"]
        read = Histogram.from_text if isinstance(stored, str) else Histogram.from_json
        counted.durations = read(stored)
    except ValueError:
        log.error("a stored histogram is damaged", extra={"metric": values["pk"]})
    return counted


def moment_of(minute: int) -> datetime:
    """The beginning of a minute counted since 1970, aware, UTC."""
    return datetime.fromtimestamp(minute * 60, UTC)


def _profile(known: Profile, data: bytes, row: InferenceMetric) -> Profile | None:
    if not data:
        return None
    try:
        return known.counted(data)
    except (BinsDiffer, ArtefactCorrupt):
        log.error("a stored profile cannot be read", extra={"metric": row.pk})
        return None
