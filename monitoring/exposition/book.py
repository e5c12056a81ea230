"""What this process counts for ``/metrics``: exact the moment it is counted, in a file that outlives it.

A request costs one addition; distributions are added in the meter's batches. Versions are counted by their
id, named once and for all beside the numbers, so that a scrape needs no database.
"""

import math
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from modelhub.errors import Code
from monitoring.exposition import families, outcomes, places
from monitoring.exposition.distributions import spread
from monitoring.exposition.families import Family
from monitoring.metering.contract import Array, Observation

MOST_VERSIONS = 100  # counted under their own name by one process; all further ones are one, named "other"
MOST_WORDS = 50  # label values of formats and reasons: theirs are closed sets, this is for the day one is not
OTHER = "other"
OTHER_VERSION = 0
NAMES = "version"  # first word of the entries that name versions
_STAGES = ("queue", "features", "model", "total")


class Book:
    """The numbers of one process; every method may be called by any thread, none raises for want of room."""

    def __init__(self, folder: Path) -> None:
        """Go on where the last holder of this place stopped. Raises OSError."""
        self.number, self._ledger = places.take(folder)
        self._lock = threading.Lock()
        self._requests: dict[tuple[int, str, str], int] = {}
        self._versions = {int(entry.name[1]) for entry in self._ledger.named(NAMES)}
        self._unnamed: set[int] = set()
        self._words: dict[str, set[str]] = {}
        self._uncounted = (
            self._ledger.place((families.UNCOUNTED.name,), 1) or 0
        )  # there is room for the first
        self._begin_at_zero()
        self.serve([])

    def request(self, observation: Observation) -> None:
        """One more request that reached a version."""
        key = (observation.version_id, observation.endpoint, observation.error)
        with self._lock:
            place = self._requests.get(key)
            if place is None:
                place = self._place_of_request(*key)
            self._ledger.cells[place] += 1.0

    def batch(self, version_id: int, observations: Sequence[Observation]) -> None:
        """Records, durations, sizes and severities of these requests of one version."""
        answered = [one for one in observations if not one.error]
        if not answered:
            return
        records = [len(one.scores) for one in answered]
        anomalies = sum(one.anomalies for one in answered)
        with self._lock:
            label = str(self._known(version_id))
            for stage, seconds in zip(_STAGES, _seconds(answered), strict=True):
                self._add(families.DURATION, (label, stage), spread(seconds, families.DURATION.bounds))
            self._add(families.SCORED, (label, "normal"), [float(sum(records) - anomalies)])
            self._add(families.SCORED, (label, "anomaly"), [float(anomalies)])
            sizes = np.array(records, dtype=np.float64)
            self._add(families.BATCH, (label,), spread(sizes, families.BATCH.bounds))
            self._add(families.SEVERITY, (label,), spread(_severities(answered), families.SEVERITY.bounds))

    def rejected(self, endpoint: str, reason: str) -> None:
        """One more request that reached no version; ``reason`` is the code of its answer."""
        with self._lock:
            self._add(families.REQUESTS, ("", endpoint, outcomes.of_refusal(reason)), [1.0])
            self._add(families.REJECTED, (endpoint, self._word("reason of a request", reason)), [1.0])

    def intake(self, format_: str, received: int, rejected: Iterable[tuple[str, int]]) -> None:
        """Log records that came in, and how many of them could not be used by the code of why."""
        with self._lock:
            self._add(families.RECEIVED, (self._word("format", format_),), [float(received)])
            for reason, count in rejected:
                self._add(families.UNUSABLE, (self._word("reason of a record", reason),), [float(count)])

    def notified(self, channel: str, outcome: str) -> None:
        """One more try to send a notification."""
        with self._lock:
            self._add(families.NOTIFIED, (channel, outcome), [1.0])

    def unnamed(self) -> list[int]:
        """Versions that were counted and not named yet."""
        with self._lock:
            return list(self._unnamed)

    def name(self, version_id: int, model: str, label: str) -> None:
        """From now on the version's numbers have a name."""
        with self._lock:
            self._ledger.place((NAMES, str(version_id), model, label), 0)
            self._unnamed.discard(version_id)

    def serve(self, models: Iterable[tuple[str, int, bool, bool]]) -> None:
        """What this worker serves: model, generation, if it answers at all, if degraded; all else is gone."""
        found = {name: tuple(map(float, numbers)) for name, *numbers in models}
        with self._lock:
            for part, family in enumerate((families.GENERATION, families.SERVING, families.DEGRADED)):
                for name, numbers in found.items():
                    self._set(family, (name,), numbers[part])
                for entry in self._ledger.named(family.name):
                    if entry.name[1] not in found:
                        self._ledger.cells[entry.place] = math.nan

    def close(self) -> None:
        """Count no more, and leave the place to another process."""
        with self._lock:
            self._ledger.close()

    def _begin_at_zero(self) -> None:
        """What alerts ask for is there before it first happens: a rate that begins at nothing is not seen."""
        for endpoint in ("analyze", "predict"):
            self._add(families.REJECTED, (endpoint, str(Code.WORKER_SATURATED)), [0.0])
        for channel in ("mail", "webhook"):
            for outcome in ("sent", "failed", "given_up"):
                self._add(families.NOTIFIED, (channel, outcome), [0.0])

    def _place_of_request(self, version_id: int, endpoint: str, error: str) -> int:
        label = str(self._known(version_id))
        for outcome in (outcomes.SUCCESS, outcomes.BACKEND, outcomes.of_scoring(error)):
            found = self._ledger.place((families.REQUESTS.name, label, endpoint, outcome), 1)
        place = self._uncounted if found is None else found
        if len(self._requests) < MOST_VERSIONS * MOST_WORDS:
            self._requests[version_id, endpoint, error] = place
        return place

    def _known(self, version_id: int) -> int:
        if version_id not in self._versions:
            if len(self._versions) >= MOST_VERSIONS:
                return OTHER_VERSION
            self._versions.add(version_id)
            self._unnamed.add(version_id)
        return version_id

    def _word(self, topic: str, word: str) -> str:
        known = self._words.setdefault(topic, set())
        if word not in known and len(known) >= MOST_WORDS:
            return OTHER
        known.add(word)
        return word

    def _add(self, family: Family, labels: tuple[str, ...], numbers: list[float]) -> None:
        place = self._ledger.place((family.name, *labels), family.cells)
        cells = self._ledger.cells
        if place is None:
            place, numbers = self._uncounted, [1.0]
        for offset, number in enumerate(numbers):
            if number:
                cells[place + offset] += number

    def _set(self, family: Family, labels: tuple[str, ...], number: float) -> None:
        place = self._ledger.place((family.name, *labels), 1)
        if place is not None:
            self._ledger.cells[place] = number


def _seconds(answered: Sequence[Observation]) -> list[Array]:
    stages = [one.stages for one in answered]
    parts = np.array([(one.queue_s, one.features_s, one.model_s) for one in stages], dtype=np.float64)
    queue, features, model = parts.T
    return [queue, features, model, queue + np.array([one.duration_s for one in answered])]


def _severities(answered: Sequence[Observation]) -> Array:
    """Of records judged anomalous, float64 (n,)."""
    return np.concatenate([one.severities for one in answered])
