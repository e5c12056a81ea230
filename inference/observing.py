"""Timing one scoring and telling the meters: every request through here is counted, once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from inference.pipeline import ScoredBatch
from inference.slots import Slot
from modelhub.errors import Code, ModelhubError, UserFault
from monitoring import metering
from monitoring.metering.contract import Observation, Stages

_NONE = np.empty(0)


class Scoring:
    """One scoring under way: give its result to :meth:`done`; ``duration_s`` is right after the block."""

    def __init__(self) -> None:
        self.batch: ScoredBatch | None = None
        self.duration_s = 0.0

    def done(self, batch: ScoredBatch) -> ScoredBatch:
        """The same batch, remembered for the meters."""
        self.batch = batch
        return batch


@contextmanager
def scoring(slot: Slot, *, endpoint: str = "python", queue_s: float = 0.0) -> Iterator[Scoring]:
    """Scoring with that version within the block is recorded as one request of ``endpoint``.

    What the caller sent wrong and batches without rows count as nothing; any other failure counts as an
    error of the version and goes on.
    """
    current, started = Scoring(), time.perf_counter()
    try:
        yield current
    except UserFault:
        raise
    except Exception as error:
        code = error.code if isinstance(error, ModelhubError) else Code.INTERNAL
        took_s = time.perf_counter() - started
        metering.record(
            Observation(slot.version.pk, took_s, _NONE, None, 0, str(code), endpoint, stages=Stages(queue_s))
        )
        raise
    current.duration_s = time.perf_counter() - started
    batch = current.batch
    if batch is not None and len(batch.scores):
        anomalies = int(np.count_nonzero(batch.verdicts))
        metering.record(
            Observation(
                slot.version.pk,
                current.duration_s,
                batch.scores,
                batch.features,
                anomalies,
                endpoint=endpoint,
                severities=batch.severities,
                stages=Stages(queue_s, batch.features_s, current.duration_s - batch.features_s),
            )
        )
