"""A change in what a process scores, noticed within seconds: an alert long before the next drift check."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError

from modelhub.registry.models import ModelVersion
from monitoring import alerts
from monitoring.drift.bins import Array
from monitoring.drift.stream import Change, Watch
from monitoring.models.alerts import AlertKind

log = logging.getLogger(__name__)

_QUIET_S = 60.0  # between two sightings of one condition: the detector goes on adapting while it lasts
_WORDS = {"score": "Scores", "anomaly_rate": "The anomaly rate"}


class EarlyWarning:
    """The watches of one process, one for each version; not safe against other threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._watches: dict[int, Watch] = {}
        self._told: dict[tuple[int, str], float] = {}

    def feed(self, version_id: int, scores: Array, anomalies: int) -> list[Change]:
        """Take in what one version scored since the last call; every change found has its open alert.

        ``scores`` is float64 (n,) in the order scored, ``anomalies`` how many of them were above the
        threshold. At most 200 values are looked at, which takes about 0.1 ms; call it about once a second.
        A database that does not answer costs the alert, never the caller.
        """
        watch = self._watches.setdefault(version_id, Watch())
        changes = watch.take(scores, anomalies)
        for change in changes:
            self._tell(version_id, change)
        return changes

    def _tell(self, version_id: int, change: Change) -> None:
        now, condition = self._clock(), (version_id, change.subject)
        if now - self._told.get(condition, -_QUIET_S) < _QUIET_S:
            return
        self._told[condition] = now
        try:
            version = ModelVersion.with_deleted.select_related("model").get(pk=version_id)
            alerts.open_alert(
                AlertKind.EARLY_WARNING,
                version,
                f"{_WORDS[change.subject]} of {version} moved: {change.before:.3g} to {change.after:.3g}.",
                subject=change.subject,
                facts={"before": change.before, "after": change.after},
            )
        except (DatabaseError, ModelVersion.DoesNotExist):
            log.warning("an early warning was not stored", extra={"version_id": version_id})


_of_this_process = EarlyWarning()


def feed(version_id: int, scores: Array, anomalies: int) -> None:
    """As :meth:`EarlyWarning.feed`, for the one thread of this process that flushes its metrics."""
    _of_this_process.feed(version_id, scores, anomalies)
