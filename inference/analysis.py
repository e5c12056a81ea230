"""Scoring log records as one batch and writing down the anomalies: what the API and the command share."""

import heapq
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

import numpy as np
from django.db import DatabaseError
from django.utils import timezone

from inference import observing, pipeline
from inference.explain import occlusion
from inference.pipeline import ScoredBatch
from inference.records import LogRecord, content_of, id_of
from inference.runtimes.contract import Matrix
from inference.serving.slots import Slot
from monitoring import anomaly_writer, recording
from monitoring.anomaly_queue import Kept
from monitoring.reasons import Reason
from monitoring.recording import Recorded, Run

log = logging.getLogger(__name__)
REASONS = 3
MOST_STORED = 1_000  # rows one analyze call may add: the severest
MOST_EXPLAINED = 200  # of those: reasons cost as much as 32 records, and a body may be all anomalies


@dataclass(frozen=True, slots=True)
class Find:
    """One record above the threshold: severity 0..100, unscaled features as float64 (n_features,).

    ``reasons`` are empty until :func:`explained`.
    """

    score: float
    severity: float
    record: LogRecord
    features: Matrix
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """One scored batch, element i for record i, and what became of its anomalies.

    ``storing_problem`` says why some or all of them have no row, or is empty.
    """

    batch: ScoredBatch
    scoring_s: float
    recorded: Recorded
    storing_problem: str


def analyze(slot: Slot, records: Sequence[LogRecord], *, run: str) -> Analysis:
    """The records scored together by the slot's version, their anomalies stored under ``run``.

    A database that cannot store them does not fail the scoring. Raises InputInvalid as
    :func:`inference.pipeline.score_records`.
    """
    with observing.scoring(slot, endpoint="analyze") as scoring:
        batch = scoring.done(pipeline.score_records(slot.model, records))
    found = finds(records, batch)
    stored = severest(found, MOST_STORED)
    with_reasons = [*explained(slot, stored[:MOST_EXPLAINED]), *stored[MOST_EXPLAINED:]]
    try:
        kept = anomaly_writer.keep(Run(slot.version, run, [_sighting(slot, find) for find in with_reasons]))
    except DatabaseError:
        log.error("anomalies were not stored", extra={"run": run, "anomalies": len(found)})
        return Analysis(
            batch, scoring.duration_s, Recorded(), "The database does not answer, so no anomaly was stored."
        )
    problem = _storing_problem(kept, left_out=len(found) - len(stored))
    return Analysis(batch, scoring.duration_s, kept.recorded, problem)


def _storing_problem(kept: Kept, *, left_out: int) -> str:
    said = []
    if left_out:
        said.append(f"Only the {MOST_STORED} severest anomalies were stored.")
    if kept.waiting:
        said.append(f"{kept.waiting} anomalies wait to be stored: the database does not answer in time.")
    if kept.lost:
        said.append(f"{kept.lost} anomalies were not stored: too many wait for the database.")
    if kept.refused:
        said.append(f"{kept.refused} anomalies were not stored: the database refused them.")
    return " ".join(said)


def finds(records: Sequence[LogRecord], batch: ScoredBatch) -> list[Find]:
    """The anomalies of a scored batch, in input order."""
    return [
        Find(float(batch.scores[i]), float(batch.severities[i]), records[i], batch.features[i].copy())
        for i in np.flatnonzero(batch.verdicts).tolist()
    ]


def severest(found: Iterable[Find], most: int) -> list[Find]:
    """The ``most`` highest scores, highest first; equal scores in the order given."""
    return heapq.nlargest(most, found, key=lambda find: find.score)


def explain(slot: Slot, features: Matrix, *, top: int) -> list[list[Reason]]:
    """For each unscaled row, float64 (n, n_features), its ``top`` contributions, strongest first.

    Every list is empty for a model without a scaler: what is usual is not known then.
    """
    return occlusion.reasons(observing.Asked(slot), features, names=slot.model.feature_names, top=top)


def explained(slot: Slot, found: Sequence[Find]) -> list[Find]:
    """The finds with their strongest reasons, which cost one scoring per feature: ask once."""
    if not found:
        return []
    reasons = explain(slot, np.stack([find.features for find in found]), top=REASONS)
    return [replace(find, reasons=why) for find, why in zip(found, reasons, strict=True)]


def store(slot: Slot, kept: Sequence[Find], *, run: str) -> Recorded:
    """Each find has its row, with the reasons it holds. Raises DatabaseError."""
    return recording.record_anomalies(slot.version, run, [_sighting(slot, find) for find in kept])


def _sighting(slot: Slot, find: Find) -> recording.Sighting:
    record = find.record
    return recording.Sighting(
        record_id=id_of(record),
        content=content_of(record),
        observed_at=record.timestamp.astimezone(UTC) if record.timestamp else timezone.now(),
        host=record.host or "",
        program=record.program or "",
        level=record.level or "",
        message=record.message,
        score=find.score,
        threshold=slot.model.threshold,
        severity=find.severity,
        reasons=find.reasons,
    )
