"""Recorded traffic: metric rows as the processes that score would have written them."""

import json
from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone

from inference.runtimes.contract import Matrix
from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Role
from modelhub.registry.models import Artifact, ModelVersion
from monitoring import references
from monitoring.drift import packaged
from monitoring.drift.profile import Profile
from monitoring.metering import rows as metric_rows
from monitoring.metering.aggregate import Aggregate
from monitoring.metering.contract import Observation
from monitoring.models import InferenceMetric
from tests.integration.conftest import Trained


def bring_profile(version: ModelVersion, trained: Trained) -> None:
    """The version's package brought the profile and the calibration scores of its training rows."""
    profile = packaged.to_json(Profile.learn(trained.rows, version.feature_names))
    for role, value in (
        (Role.REFERENCE_PROFILE, profile),
        (Role.CALIBRATION_SCORES, {"scores": trained.scores.tolist()}),
    ):
        data = json.dumps(value).encode()
        Artifact.objects.create(
            version=version, role=role, sha256=Store(conf.store_root()).put(data), size_bytes=len(data)
        )


def minutes_ago(minutes: int) -> datetime:
    """The beginning of that minute."""
    return (timezone.now() - timedelta(minutes=minutes)).replace(second=0, microsecond=0)


def record(
    version: ModelVersion,
    start: datetime,
    rows: Matrix,
    scores: Matrix,
    *,
    process: str = "host:1:1",
    seconds: float = 0.002,
) -> InferenceMetric:
    """One process scored those rows with one request for each ten in the minute from ``start``."""
    counted = Aggregate()
    counted.count(
        [
            Observation(version.pk, seconds, part, None, int((part > version.threshold).sum()))
            for part in np.array_split(scores, max(len(scores) // 10, 1))
        ]
    )
    bins = references.bins_for(version.pk)
    if bins is not None:
        counted.features = bins.features.empty().add(rows)
        counted.scores = bins.scores.empty().add(scores[:, None])
    return InferenceMetric.objects.create(
        version=version, start=start, process=process, **metric_rows.columns_of(counted)
    )


def usual(
    version: ModelVersion, trained: Trained, *, minutes: int, until: int = 1, seed: int = 0, each: int = 100
) -> None:
    """Minutes of traffic drawn from the training rows, the last one ``until`` minutes ago."""
    random = np.random.default_rng(seed)
    for minute in range(minutes):
        drawn = random.integers(0, len(trained.rows), each)
        start = minutes_ago(until + minutes - 1 - minute)
        record(version, start, trained.rows[drawn], trained.scores[drawn])


def moved(
    version: ModelVersion, trained: Trained, *, minutes: int, column: int, by: float, seed: int = 1
) -> None:
    """As :func:`usual`, one column larger by ``by`` and every score higher by 0.1."""
    random = np.random.default_rng(seed)
    for minute in range(minutes):
        drawn = random.integers(0, len(trained.rows), 100)
        rows = trained.rows[drawn].copy()
        rows[:, column] += by
        record(version, minutes_ago(minutes - minute), rows, trained.scores[drawn] + 0.1)
