"""Scored lines as a file of JSON lines: one per line read, in input order, whole or not there at all."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from inference.encoding import encode
from inference.logfiles import ParsedLine
from inference.pipeline import ScoredBatch
from inference.slots import Slot


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


@contextmanager
def result_file(target: Path, slot: Slot) -> Iterator[ResultWriter]:
    """A writer to ``target``, which is replaced as one when the block ends without a fault.

    Raises OSError.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb", buffering=1024 * 1024) as stream:
            yield ResultWriter(slot, stream)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


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
