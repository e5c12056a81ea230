"""Writing down what was seen: anomalies become rows, each record once per version."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from modelhub.registry.models import ModelVersion
from monitoring.models import Anomaly

_BATCH_ROWS = 500
_ID_CHARACTERS, _NAME_CHARACTERS, _LEVEL_CHARACTERS = 128, 255, 16


class Reason(TypedDict):
    """One feature that raised a score: its value, what is usual, and its share; higher = more anomalous."""

    name: str
    value: float
    usual: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """One record scored above the threshold, as it is to be kept.

    ``observed_at`` is aware. ``score`` and ``threshold`` are in score space (higher = more anomalous),
    ``severity`` is 0 to 100.
    """

    record_id: str
    observed_at: datetime
    host: str
    program: str
    level: str
    message: str
    score: float
    threshold: float
    severity: float
    reasons: Sequence[Reason]


def record_anomalies(version: ModelVersion, run: str, sightings: Sequence[Sighting]) -> int:
    """Every sighting has its row afterwards; answers how many rows that are.

    A record that this version had reported before keeps its first row, so a retry adds nothing. ``run``
    is the request id or job that scored the records. Raises DatabaseError.
    """
    rows = [_row(version, run, sighting) for sighting in sightings]
    Anomaly.objects.bulk_create(rows, batch_size=_BATCH_ROWS, ignore_conflicts=True)
    return len({row.record_id for row in rows})


def _row(version: ModelVersion, run: str, sighting: Sighting) -> Anomaly:
    return Anomaly(
        version=version,
        run=run,
        record_id=_bounded_id(sighting.record_id),
        observed_at=sighting.observed_at,
        host=sighting.host[:_NAME_CHARACTERS],
        program=sighting.program[:_NAME_CHARACTERS],
        level=sighting.level[:_LEVEL_CHARACTERS],
        message=sighting.message,
        score=sighting.score,
        threshold=sighting.threshold,
        severity=sighting.severity,
        reasons=list(sighting.reasons),
    )


def _bounded_id(record_id: str) -> str:
    """Cutting a long id would make different records one; its hash keeps them apart."""
    if len(record_id) <= _ID_CHARACTERS:
        return record_id
    return hashlib.sha256(record_id.encode("utf-8", "surrogatepass")).hexdigest()
