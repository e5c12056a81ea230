"""What scoring answers look like: the model block and one result per record."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

from inference.intake.jsonbody import Intake
from inference.pipeline import ScoredBatch
from inference.serving.slots import Slot
from monitoring.reasons import Reason

Contributions = Sequence[Sequence[Reason]]


def model_block(slot: Slot) -> dict[str, Any]:
    """Which version answered, by which threshold; ``fallback_from`` only where a fallback answered."""
    version = slot.version
    block = {
        "model": version.model.name,
        "version": version.label,
        "reference": version.reference,
        "generation": slot.generation,
        "feature_set": version.feature_set or None,
        "threshold": version.threshold,
        "threshold_source": version.threshold_source,
        "calibration": slot.model.calibration.kind,
    }
    if slot.is_rules:
        block |= {"method": "rules", "is_rules": True}
    return block | ({"fallback_from": slot.fallback_from} if slot.fallback_from else {})


def results(
    slot: Slot, intake: Intake, batch: ScoredBatch, *, at: datetime, contributions: Contributions | None
) -> Iterator[dict[str, Any]]:
    """One result per accepted record, in input order; ``index`` is its place in the request."""
    label, threshold = slot.version.label, slot.version.threshold
    shared = {"analysis_timestamp": at, "model_version": label}
    if slot.fallback_from:
        shared["fallback_from"] = slot.fallback_from
    for index, entry, record, prediction, score, severity, verdict, reasons in zip(
        intake.indexes,
        intake.entries,
        intake.records,
        batch.predictions.tolist(),
        batch.scores.tolist(),
        batch.severities.tolist(),
        batch.verdicts.tolist(),
        repeat(None, len(intake.records)) if contributions is None else contributions,
        strict=True,
    ):
        verdict_block: dict[str, Any] = {
            "prediction": prediction,
            "anomaly_score": score,
            "severity": severity,
            "is_anomaly": verdict,
            "threshold": threshold,
            "model_version": label,
            "timestamp": _utc(record.timestamp),
            "timestamp_assumed": record.timestamp_assumed,
        }
        if reasons is not None:
            verdict_block["contributions"] = reasons
        yield {"index": index, "log_entry": entry, "analysis_result": verdict_block, **shared}


def summary(intake: Intake, batch: ScoredBatch, *, inference_s: float) -> dict[str, Any]:
    """Counts of one call; rates in [0, 1], None where nothing was scored; times in seconds."""
    scored, anomalies = len(intake.records), batch.anomalies
    return {
        "records": intake.received,
        "scored": scored,
        "rejected": len(intake.errors),
        "anomalies": anomalies,
        "anomaly_rate": anomalies / scored if scored else None,
        "inference_time": inference_s,
    }


def errors(intake: Intake) -> list[Mapping[str, Any]]:
    """Why records were not scored: their place in the request, a code and a sentence."""
    return [{"index": e.index, "code": e.code, "detail": e.detail} for e in intake.errors]


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
