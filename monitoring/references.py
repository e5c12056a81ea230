"""What is usual for a version: the cells its values are counted in, and the distribution to compare with.

The training profile of the package comes first; a version without one is compared with its own first
stable window (:mod:`monitoring.firstwindow`).
"""

import logging
from typing import NamedTuple

import numpy as np
from django.db import IntegrityError, transaction

from modelhub import conf
from modelhub.artifacts import strictjson
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Role
from modelhub.errors import ModelhubError
from modelhub.registry.models import Artifact, ModelVersion
from monitoring.drift import packaged
from monitoring.drift.bins import Array
from monitoring.drift.profile import Profile
from monitoring.models import ReferenceProfile
from monitoring.models.drift import ReferenceKind

log = logging.getLogger(__name__)

ROWS_TO_LEARN = 1_000  # rows that make good cells; fewer make coarse ones
SCORE = "score"
_ROLES = (Role.REFERENCE_PROFILE, Role.CALIBRATION_SCORES)


class VersionBins(NamedTuple):
    """Empty profiles: what the features (none for a version scored without) and scores are counted in."""

    features: Profile
    scores: Profile


def bins_for(version_id: int) -> VersionBins | None:
    """The cells of the version; None until :func:`learn` was called for one without a training profile.

    They never change afterwards. Raises DatabaseError, ArtefactCorrupt for a damaged row.
    """
    row = ReferenceProfile.objects.filter(version_id=version_id).first() or _from_training(version_id)
    return _bins(row) if row else None


def learn(version_id: int, rows: Array, scores: Array) -> VersionBins:
    """Cells that fit the given rows, unless the version has some: the first ones stay and are answered.

    ``rows`` is float64 (n, n_features), unscaled, in the version's order, (n, 0) where none are known;
    ``scores`` float64 (n,). They become cells, not the reference. Raises DatabaseError.
    """
    known = bins_for(version_id)
    if known is not None:
        return known
    names = ModelVersion.with_deleted.values_list("feature_names", flat=True).get(pk=version_id)
    features = Profile.learn(rows, names if rows.shape[1] else [])
    return _bins(
        _written(
            ReferenceProfile(
                version_id=version_id,
                kind=ReferenceKind.OBSERVED,
                features=features.empty().to_bytes(),
                scores=Profile.learn(scores[:, None], [SCORE]).empty().to_bytes(),
            )
        )
    )


def reference_of(version: ModelVersion) -> ReferenceProfile | None:
    """The row whose distributions are complete; None while there is none yet. Raises DatabaseError."""
    row = ReferenceProfile.objects.filter(version=version).first() or _from_training(version.pk)
    return row if row and row.counted else None


def _bins(row: ReferenceProfile) -> VersionBins:
    return VersionBins(
        Profile.from_bytes(bytes(row.features)).empty(),
        Profile.from_bytes(bytes(row.scores)).empty(),
    )


def _written(row: ReferenceProfile) -> ReferenceProfile:
    """The row in the database, ours or that of another process that was quicker."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return ReferenceProfile.objects.get(version_id=row.version_id)
    return row


def _from_training(version_id: int) -> ReferenceProfile | None:
    """The reference that the package brought, kept from now on; None where it brought none that fits."""
    blobs = dict(
        Artifact.objects.filter(version_id=version_id, role__in=_ROLES).values_list("role", "sha256")
    )
    if len(blobs) < len(_ROLES):
        return None
    version = ModelVersion.with_deleted.get(pk=version_id)
    try:
        profile = packaged.from_json(_json(blobs[Role.REFERENCE_PROFILE]))
        scores = _scores(_json(blobs[Role.CALIBRATION_SCORES]))
    except (ModelhubError, ValueError):
        log.warning("the package's profile cannot be used", extra={"version_id": version_id})
        return None
    if profile.names != tuple(version.feature_names) or not profile.rows or not len(scores):
        return None
    return _written(
        ReferenceProfile(
            version=version,
            kind=ReferenceKind.TRAINING,
            counted=True,
            rows=profile.rows,
            window_end=version.trained_at,
            features=profile.to_bytes(),
            scores=Profile.learn(scores[:, None], [SCORE]).to_bytes(),
            anomaly_rate=float(np.mean(scores > version.threshold)),
        )
    )


def _json(digest: str) -> object:
    return strictjson.parse_value(Store(conf.store_root()).read(digest))


def _scores(value: object) -> Array:
    given = value.get("scores") if isinstance(value, dict) else value
    scores = np.array(given, np.float64)
    if scores.ndim != 1 or not np.isfinite(scores).all():
        raise ValueError("scores")
    return scores
