"""What one process counts in memory: a buffer that costs microseconds, and one aggregate a minute.

The buffer is counted in batches, at every flush or when it is full. Aggregates hold absolute values of
their minute; a flush writes those that changed and forgets the minutes that are over.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from monitoring.metering.aggregate import Aggregate
from monitoring.metering.buffer import Buffer
from monitoring.metering.contract import Array, Observation
from monitoring.metering.counters import Counters
from monitoring.metering.sampling import Rows, sample, together
from monitoring.references import VersionBins

MINUTE_S = 60
MOST_PROFILED = 1_000  # rows of a version whose features are counted in one go: others are left out at random
MOST_WAITING = 2_000  # rows kept of a version until its bins are known
MOST_FRESH = 8_000  # scores kept for whoever asks for the newest
MOST_MINUTES = 120  # kept while the database is away, counting each version's: the oldest are dropped
LONGEST_S = 86_400  # … and not longer than this: a minute that was rolled up must never be written again

Clock = Callable[[], float]
Listener = Callable[[int, Sequence[Observation]], None]


@dataclass(slots=True)
class Span:
    """One minute of one version: what was counted, and how much of that the database has."""

    version_id: int
    minute: int
    counted: Aggregate = field(default_factory=Aggregate)
    revision: int = 0
    written_revision: int = 0
    written_requests: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """What the span is kept under."""
        return self.version_id, self.minute


@dataclass(frozen=True, slots=True)
class Total:
    """Requests of one version over the process's life: in its rows, and dropped."""

    recorded: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Written:
    """What of a span the database has now."""

    span: Span
    revision: int
    requests: int


class Meter:
    """The counts of one process; every method may be called by any thread."""

    def __init__(
        self,
        process: str,
        counters: Counters | None = None,
        *,
        clock: Clock = time.time,
        counted: Listener | None = None,
    ) -> None:
        """``counted`` is told of every batch: the version's id and its observations, each of them once."""
        self.process = process
        self.counters = counters
        self._clock = clock
        self._counted = counted
        self._newest_minute = 0
        self._buffer = Buffer()
        self._buffering = threading.Lock()
        self._counting = threading.Lock()
        self._spans: dict[tuple[int, int], Span] = {}
        self._settled: dict[int, int] = defaultdict(int)  # requests in the database, of minutes that are over
        self._dropped: dict[int, int] = defaultdict(int)
        self._bins: dict[int, VersionBins] = {}
        self._waiting: dict[int, list[Rows]] = defaultdict(list)
        self._fresh: dict[int, list[tuple[Array, int]]] = defaultdict(list)
        self._random = np.random.default_rng()

    def record(self, observation: Observation) -> None:
        """The request is counted in this minute; at most every 512th caller pays for counting a batch."""
        with self._buffering:
            # A clock that was set back must not begin a minute again whose row is already written.
            self._newest_minute = max(self._newest_minute, int(self._clock() // MINUTE_S))
            is_full = self._buffer.put(self._newest_minute, observation)
            if self.counters is not None:
                self.counters.count(observation.version_id)
        if is_full:
            self.drain()

    def drain(self) -> None:
        """Everything recorded before is part of an aggregate."""
        with self._counting:
            with self._buffering:
                taken = self._buffer.take()
            batches: dict[tuple[int, int], list[tuple[Observation, Rows]]] = defaultdict(list)
            for minute, observation, rows in taken:
                batches[observation.version_id, minute].append((observation, rows))
            for key, batch in batches.items():
                self._count(key, batch)
            self._forget_oldest()

    @contextmanager
    def frozen(self) -> Iterator[tuple[list[Span], dict[int, Total]]]:
        """The minutes that the database does not know as they are, oldest first, and the totals with them.

        Nothing is counted within the block, so that what is read there belongs together. Drain first.
        """
        with self._counting:
            changed = [span for span in self._spans.values() if span.revision != span.written_revision]
            yield sorted(changed, key=lambda span: span.minute), self._totals()

    def written(self, done: Iterable[Written]) -> None:
        """The database has these; minutes before the newest of a request are forgotten.

        The newest is kept however long it is over: rows that wait for bins belong to it, and so do the next
        requests if the clock is set back. Begun again, it would overwrite what is written.
        """
        with self._counting, self._buffering:
            waiting = self._buffer.keys()
            for one in done:
                span = one.span
                gained, span.written_requests = one.requests - span.written_requests, one.requests
                span.written_revision = one.revision
                if self._spans.get(span.key) is not span:  # dropped while it was being written after all
                    self._settled[span.version_id] += gained
                    self._dropped[span.version_id] -= gained
            for key, span in list(self._spans.items()):
                if (
                    span.minute < self._newest_minute
                    and span.revision == span.written_revision
                    and key not in waiting
                ):
                    self._settled[span.version_id] += span.written_requests
                    del self._spans[key]

    def give_up(self, version_ids: Iterable[int]) -> None:
        """Versions that the database no longer has: nothing of them is kept."""
        with self._counting:
            for gone in version_ids:
                for key in [key for key in self._spans if key[0] == gone]:
                    del self._spans[key]
                self._settled.pop(gone, None)
                self._dropped.pop(gone, None)
                self._waiting.pop(gone, None)

    def without_bins(self) -> list[int]:
        """Versions whose rows wait for bins."""
        with self._counting:
            return list(self._waiting)

    def waiting(self, version_id: int) -> Rows | None:
        """The rows kept of a version until its bins are known."""
        with self._counting:
            blocks = self._waiting.get(version_id)
            return together(blocks) if blocks else None

    def fresh(self) -> dict[int, tuple[Array, int]]:
        """Scores in their order, float64 (n,), and anomalies among them, by version since the last call."""
        with self._counting:
            taken, self._fresh = self._fresh, defaultdict(list)
        return {
            version: (np.concatenate([one for one, _ in blocks]), sum(count for _, count in blocks))
            for version, blocks in taken.items()
        }

    def adopt(self, version_id: int, bins: VersionBins) -> None:
        """Count in these bins from now on, the rows that waited first."""
        with self._counting:
            self._bins[version_id] = bins
            blocks = self._waiting.pop(version_id, [])
            if not blocks:
                return
            span = self._span(version_id, self._newest_minute)
            for block in blocks:
                _profile_scores(span.counted, bins, block.scores)
                _profile_features(span.counted, bins, block)
            span.revision += 1

    def _totals(self) -> dict[int, Total]:
        recorded: dict[int, int] = defaultdict(int, self._settled)
        for span in self._spans.values():
            recorded[span.version_id] += span.counted.requests
        versions = recorded.keys() | self._dropped.keys()
        return {one: Total(recorded.get(one, 0), self._dropped.get(one, 0)) for one in versions}

    def _count(self, key: tuple[int, int], batch: Sequence[tuple[Observation, Rows]]) -> None:
        span, observations = self._span(*key), [observation for observation, _ in batch]
        span.counted.count(observations)
        span.revision += 1
        if self._counted is not None:
            self._counted(span.version_id, observations)
        scores = np.concatenate([one.scores for one in observations])
        if sum(len(known) for known, _ in self._fresh[span.version_id]) < MOST_FRESH:
            self._fresh[span.version_id].append((scores, sum(one.anomalies for one in observations)))
        rows = sample([block for _, block in batch], most=MOST_PROFILED, random=self._random)
        bins = self._bins.get(span.version_id)
        if bins is not None:
            _profile_scores(span.counted, bins, scores)
            _profile_features(span.counted, bins, rows)
        elif rows and sum(len(block.scores) for block in self._waiting[span.version_id]) < MOST_WAITING:
            self._waiting[span.version_id].append(rows)

    def _span(self, version_id: int, minute: int) -> Span:
        key = (version_id, minute)
        if key not in self._spans:
            self._spans[key] = Span(version_id, minute)
        return self._spans[key]

    def _forget_oldest(self) -> None:
        """Keep memory bounded while nothing can be written; what is dropped is counted."""
        oldest_kept = self._newest_minute - LONGEST_S // MINUTE_S
        for key in sorted(self._spans, key=lambda key: key[1]):
            if len(self._spans) <= MOST_MINUTES and key[1] >= oldest_kept:
                return
            self._drop(key)

    def _drop(self, key: tuple[int, int]) -> None:
        span = self._spans.pop(key)
        self._settled[span.version_id] += span.written_requests
        self._dropped[span.version_id] += span.counted.requests - span.written_requests


def _profile_scores(counted: Aggregate, bins: VersionBins, scores: Array) -> None:
    if len(scores):
        counted.scores = counted.scores or bins.scores.empty()
        counted.scores.add(scores.reshape(-1, 1))


def _profile_features(counted: Aggregate, bins: VersionBins, rows: Rows | None) -> None:
    known = bins.features
    if rows is not None and known.bins and rows.features.shape[1] == len(known.bins):
        counted.features = counted.features or known.empty()
        counted.features.add(rows.features)
