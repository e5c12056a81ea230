"""Scored lines as JSON lines: one per line read, in input order."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from inference.encoding import encode
from inference.logfiles import ParsedLine
from inference.pipeline import ScoredBatch
from inference.serving.slots import Slot


class ResultWriter:
    """Writes batches; a line that could not be used is there too, with its ``error``."""

    def __init__(self, slot: Slot, stream: BinaryIO) -> None:
        self._slot = slot
        self._stream = stream

    def write(self, path: str, batch: Sequence[ParsedLine], scored: ScoredBatch) -> None:
        """One JSON line per line of the batch."""
        verdicts = iter(_verdicts(self._slot, scored))
        for line in batch:
            about: dict[str, Any] = {"file": path, "line": line.number, "log_entry": line.entry}
            if line.record is None:
                about["error"] = line.error
            else:
                about["analysis_result"] = next(verdicts) | {"timestamp": line.record.timestamp}
            self._stream.write(encode(about) + b"\n")


def _verdicts(slot: Slot, scored: ScoredBatch) -> Iterator[dict[str, Any]]:
    shared = {"threshold": slot.model.threshold, "model_version": slot.version.label}
    columns = (scored.predictions, scored.scores, scored.severities, scored.verdicts)
    for prediction, score, severity, verdict in zip(*(c.tolist() for c in columns), strict=True):
        yield {
            "prediction": prediction,
            "anomaly_score": score,
            "severity": severity,
            "is_anomaly": verdict,
            **shared,
        }
