"""Writing down what was seen: anomalies become rows, each record once per version.

A record is its id together with its content: senders count from 1 on every host, so an id alone
would make different records one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from modelhub.registry.models import ModelVersion
from monitoring.models import Anomaly
from monitoring.reasons import Reason

_BATCH_ROWS = 500
_ID_CHARACTERS, _NAME_CHARACTERS, _LEVEL_CHARACTERS = 128, 255, 16


@dataclass(frozen=True, slots=True)
class Sighting:
    """One record scored above the threshold, as it is to be kept.

    ``observed_at`` is aware. ``score`` and ``threshold`` are in score space (higher = more anomalous),
    ``severity`` is 0 to 100. ``content`` is a hash of what the record says, at most 64 characters, equal
    for the same record sent again.
    """

    record_id: str
    content: str
    observed_at: datetime
    host: str
    program: str
    level: str
    message: str
    score: float
    threshold: float
    severity: float
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of sightings: rows that are ``new``, and records whose row was ``known`` before."""

    new: int = 0
    known: int = 0


def record_anomalies(version: ModelVersion, run: str, sightings: Sequence[Sighting]) -> Recorded:
    """Every sighting has its row afterwards.

    A record that this version had reported before keeps its first row, so a retry adds nothing. ``run``
    is the request id or job that scored the records; its sightings are recorded by one caller. Raises
    DatabaseError.
    """
    rows = [_row(version, run, sighting) for sighting in sightings]
    if not rows:
        return Recorded()
    of_this_run = Anomaly.objects.filter(version=version, run=run)
    with transaction.atomic():
        before = of_this_run.count()
        Anomaly.objects.bulk_create(rows, batch_size=_BATCH_ROWS, ignore_conflicts=True)
        new = of_this_run.count() - before  # no database says which rows it left out
    return Recorded(new, len({(row.record_id, row.content) for row in rows}) - new)


@dataclass(frozen=True, slots=True)
class Run:
    """All sightings of one request: a version, the request's own name and what it saw."""

    version: ModelVersion
    name: str
    sightings: Sequence[Sighting]


def record_runs(runs: Sequence[Run]) -> list[Recorded]:
    """Every sighting of these runs has its row afterwards, in one transaction; element i is about run i.

    As :func:`record_anomalies` for many requests at once. A run comes whole and by itself, so that saying
    it again after a commit whose answer was lost changes nothing. Raises DatabaseError: then nothing is
    recorded.
    """
    rows = [_row(run.version, run.name, sighting) for run in runs for sighting in run.sightings]
    # In one order everywhere: two processes that insert the same records must not wait for each other.
    rows.sort(key=lambda row: (row.version_id, row.record_id, row.content))
    with transaction.atomic():
        Anomaly.objects.bulk_create(rows, batch_size=_BATCH_ROWS, ignore_conflicts=True)
        named = Anomaly.objects.filter(run__in=[run.name for run in runs])
        new = dict(named.order_by().values_list("run").annotate(Count("pk")))
    return [_recorded(run, new.get(run.name, 0)) for run in runs]


def _recorded(run: Run, new: int) -> Recorded:
    seen = {(_bounded_id(sighting.record_id), sighting.content) for sighting in run.sightings}
    return Recorded(new, len(seen) - new)


def _row(version: ModelVersion, run: str, sighting: Sighting) -> Anomaly:
    return Anomaly(
        version=version,
        run=run,
        record_id=_bounded_id(sighting.record_id),
        content=sighting.content,
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
