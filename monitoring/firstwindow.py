"""The reference of a version that brought none: its own first stable window after it was deployed."""

from dataclasses import dataclass

from django.db import transaction

from modelhub.registry.models import ModelVersion
from monitoring import metric_windows, references
from monitoring.metering.histogram import Histogram
from monitoring.metric_windows import ENOUGH_RECORDS, MetricWindow
from monitoring.models import ReferenceProfile


@dataclass(frozen=True, slots=True)
class Settled:
    """The complete reference, or None and how many ``records`` of a stable window there are so far."""

    reference: ReferenceProfile | None
    records: int = 0


def settle(version: ModelVersion) -> Settled:
    """The version's reference is complete if its training profile or its traffic allow it.

    A reference that is complete never changes. Raises DatabaseError, ArtefactCorrupt.
    """
    known = references.reference_of(version)
    if known is not None:
        return Settled(known, known.rows)
    bins = references.bins_for(version.pk)
    first = version.deployments.order_by("deployed_at").values_list("deployed_at", flat=True).first()
    since = first.replace(second=0, microsecond=0) if first else None
    window = metric_windows.first_stable(version, bins, since=since)
    scores = window.counted.scores
    if bins is None or scores is None or min(scores.rows, window.records) < ENOUGH_RECORDS:
        return Settled(None, window.records if bins else 0)
    return Settled(_complete(version, window), window.records)


def durations(version: ModelVersion, reference: ReferenceProfile) -> Histogram:
    """How long scoring took at first: training says nothing of it, so the first window is kept beside it."""
    if reference.durations:
        return Histogram.from_json(reference.durations)
    window = metric_windows.first_stable(version, None, since=None)
    if window.records >= ENOUGH_RECORDS:
        reference.durations = window.counted.durations.to_json()
        ReferenceProfile.objects.filter(pk=reference.pk).update(durations=reference.durations)
    return window.counted.durations


def _complete(version: ModelVersion, window: MetricWindow) -> ReferenceProfile | None:
    counted = window.counted
    features = counted.features or references.bins_for(version.pk).features  # type: ignore[union-attr]
    with transaction.atomic():
        # Only where nobody was quicker: two checks may meet here, and the first window stays the first.
        ReferenceProfile.objects.filter(version=version, counted=False).update(
            counted=True,
            rows=window.records,
            window_start=window.start,
            window_end=window.end,
            features=features.to_bytes(),
            scores=counted.scores.to_bytes() if counted.scores else b"",
            durations=counted.durations.to_json(),
            anomaly_rate=counted.anomalies / window.records,
        )
    return references.reference_of(version)
