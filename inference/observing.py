"""Timing one scoring and telling the meters and the guard: every request through here is counted, once."""

import time
from types import TracebackType

from inference.pipeline import ScoredBatch
from inference.resilience import guarding
from inference.runtimes.contract import Matrix, Scores
from inference.serving.slots import Slot
from modelhub import tracing
from modelhub.errors import Code, ModelFailed, ModelhubError, Unavailable, UserFault
from monitoring import metering
from monitoring.metering.contract import EMPTY, Observation, Stages


class Scoring:
    """One scoring under way: give its result to :meth:`done`; ``duration_s`` is right after the block."""

    __slots__ = ("_endpoint", "_guard", "_place", "_queue_s", "_slot", "_started_s", "batch", "duration_s")

    def __init__(self, slot: Slot, endpoint: str, queue_s: float) -> None:
        self._slot, self._endpoint, self._queue_s = slot, endpoint, queue_s
        self.batch: ScoredBatch | None = None
        self.duration_s = 0.0

    def done(self, batch: ScoredBatch) -> ScoredBatch:
        """The same batch, remembered for the meters."""
        self.batch = batch
        return batch

    def __enter__(self) -> "Scoring":
        self._guard = guarding.guard()
        self._place = -1 if self._guard is None else self._guard.begin(self._slot)
        self._started_s = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        now_s = time.perf_counter()
        took_s = now_s - self._started_s
        if self._guard is not None:
            self._guard.end(self._place)
        if error is None:
            self.duration_s = took_s
            if self.batch is not None and len(self.batch.scores):
                self._succeeded(self.batch, took_s, now_s)
            elif self.batch is not None:
                metering.empty(self._slot.version.pk, self._endpoint)
        elif isinstance(error, Exception) and not isinstance(error, UserFault):
            self._failed(error, took_s)

    def _succeeded(self, batch: ScoredBatch, took_s: float, now_s: float) -> None:
        if self._slot.is_rules:  # the version itself did not answer: that is what its figures have to say
            self._error(Code.MODEL_FAILED, took_s)
            return
        anomalies = batch.anomalies
        if self._guard is not None:
            self._guard.passed(self._slot, batch.features, anomalies, took_s=took_s, now_s=now_s)
        if tracing.on is not None:
            tracing.on.stages(
                self._slot.model.reference,
                features_s=batch.features_s, took_s=took_s, rows=len(batch.scores), anomalies=anomalies,
            )  # fmt: skip
        metering.record(
            Observation(
                self._slot.version.pk,
                took_s,
                batch.scores,
                batch.features,
                anomalies,
                endpoint=self._endpoint,
                severities=batch.severities[batch.verdicts] if anomalies else EMPTY,
                stages=Stages(self._queue_s, batch.features_s, took_s - batch.features_s),
            )
        )

    def _failed(self, error: Exception, took_s: float) -> None:
        self._error(error.code if isinstance(error, ModelhubError) else Code.INTERNAL, took_s)
        metering.mark_counted(error)
        if self._guard is not None and isinstance(error, ModelFailed):
            self._guard.failed(self._slot, error)

    def _error(self, code: Code, took_s: float) -> None:
        stages = Stages(self._queue_s)
        pk = self._slot.version.pk
        metering.record(Observation(pk, took_s, EMPTY, None, 0, str(code), self._endpoint, stages=stages))


def scoring(slot: Slot, *, endpoint: str = "python", queue_s: float = 0.0) -> Scoring:
    """Scoring with that version within the block is recorded as one request of ``endpoint``.

    What the caller sent wrong and batches without rows count as nothing; any other failure counts as an
    error of the version and goes on. In a serving process the guard hears of it, too.
    """
    return Scoring(slot, endpoint, queue_s)


class Asked:
    """The slot's runtime for work beside scoring; a crash or hang in one of its calls is laid to the version.

    Each call is one by itself: that somebody asks for many of them makes no version slow.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot, self._runtime = slot, slot.model.runtime
        self.n_features = self._runtime.n_features
        self.center, self.spread = self._runtime.center, self._runtime.spread

    def score(self, features: Matrix) -> Scores:
        """As the runtime's own."""
        guard = guarding.guard()
        place = -1 if guard is None else guard.begin(self._slot)
        try:
            return self._runtime.score(features)
        finally:
            if guard is not None:
                guard.end(place)


def demand_model(slot: Slot) -> None:
    """Raises Unavailable (``no_model_loaded``) where only rules are left: they cannot read feature rows."""
    if slot.is_rules:
        raise Unavailable(
            Code.NO_MODEL_LOADED,
            f"{slot.fallback_from} failed and no earlier version answers yet. Rules answer for log records "
            "only, not for feature rows. Try again in a few seconds, or deploy another version.",
        )
