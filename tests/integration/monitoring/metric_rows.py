"""Metric rows with known content."""

from datetime import UTC, datetime, timedelta

import numpy as np

from modelhub.registry.models import ModelVersion
from monitoring.metering import rows
from monitoring.metering.aggregate import Aggregate
from monitoring.metering.contract import Observation
from monitoring.models import InferenceMetric
from monitoring.models.metrics import Resolution
from monitoring.references import VersionBins


def now_minute() -> datetime:
    """The minute that runs now."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def observed(
    version: ModelVersion, *, count: int = 10, seconds: float = 0.002, anomalies: int = 1
) -> Observation:
    """One request of ``count`` rows with scores from 0.3 to 0.7."""
    scores = np.linspace(0.3, 0.7, count)
    features = np.column_stack([scores] * version.n_features)
    return Observation(version.pk, seconds, scores, features, anomalies)


def add_row(
    version: ModelVersion,
    start: datetime,
    *,
    resolution: Resolution = Resolution.MINUTE,
    process: str = "p",
    requests: int = 1,
    seconds: float = 0.002,
    errors: int = 0,
    bins: VersionBins | None = None,
) -> InferenceMetric:
    """A row of that many requests of ten records, one of them anomalous each."""
    counted = Aggregate()
    counted.count([observed(version, seconds=seconds)] * requests)
    counted.errors = errors
    if bins is not None:
        one = observed(version)
        counted.scores = bins.scores.empty().add(one.scores.reshape(-1, 1))
        counted.features = bins.features.empty().add(one.features)
    return InferenceMetric.objects.create(
        version=version, resolution=resolution, start=start, process=process, **rows.columns_of(counted)
    )


def ago(**length: float) -> datetime:
    """The beginning of the minute that long ago."""
    return now_minute() - timedelta(**length)
