"""Values that travel from a package on disk to the registry; no Django, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class PackageForm(StrEnum):
    """The three forms in which a training service hands over a model."""

    COMMAND_LINE = "command_line"  # folder, flat metadata.json, features.json
    SERVICE = "service"  # folder, nested metadata.json
    DEPLOYMENT = "deployment"  # nested metadata.json and deployment_manifest.json


class Role(StrEnum):
    """What a stored blob is to its version."""

    ORIGINAL_MODEL = "original_model"
    ORIGINAL_SCALER = "original_scaler"
    METADATA = "metadata"
    MANIFEST = "manifest"
    FEATURES = "features"
    PROBE_ROWS = "probe_rows"
    CALIBRATION_SCORES = "calibration_scores"
    REFERENCE_PROFILE = "reference_profile"
    ESTIMATORS = "estimators"  # the canonical safe form, .skops
    FOREST_TABLES = "forest_tables"  # the compiled form of an isolation forest, .npz


@dataclass(frozen=True, slots=True)
class Note:
    """A warning that does not stop an import: stable code and a sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A member copied into our staging folder; the hashed bytes are the bytes used later."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class StagedPackage:
    """A package in our own folder, nothing parsed yet.

    ``label_hint`` is the folder or zip name a version label may be taken from.
    """

    root: Path
    files: Mapping[str, StagedFile]
    label_hint: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageMetadata:
    """What a package says of itself: claims, never measurements.

    ``created_at`` is naive local time of the training machine when the package gave no zone.
    ``threshold`` is in score space (higher = more anomalous); ``threshold_source`` is ``manifest``,
    ``metadata`` or empty. ``metrics`` keeps null for "not given".
    """

    form: PackageForm
    label: str
    feature_names: tuple[str, ...]
    declared_type: str = ""
    created_at: datetime | None = None
    training_samples: int | None = None
    threshold: float | None = None
    threshold_source: str = ""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class EstimatorFacts:
    """What the parent measured on the safe form (not what the package or the child claimed).

    ``offset`` is scikit-learn's ``offset_``: a detector's own threshold is ``-offset``.
    ``environment`` records versions found inside the pickle (``sklearn``, ``pickle_protocol``, …),
    ``globals`` every (module, name) pair the pickle referred to.
    """

    estimator: str
    scaler: str
    n_features: int
    offset: float
    feature_names: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    globals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversion:
    """The safe form of one package, verified by the parent: bytes by role, facts, notes.

    ``probe_scores`` are the safe form's scores of the package's own probe rows, float64 (n,), None
    where it brought none.
    """

    facts: EstimatorFacts
    blobs: Mapping[Role, bytes]
    notes: tuple[Note, ...] = ()
    probe_scores: npt.NDArray[np.float64] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PreparedPackage:
    """Everything the registry needs to store a version; every check has passed.

    ``digest`` identifies the content (64 hex digits): the same content has the same digest in
    whichever form it arrives. ``files`` are the staged originals by role, ``blobs`` the safe forms.
    ``calibration`` is the tail curve as JSON (see ``modelhub.artifacts.calibration``).
    """

    label: str
    digest: str
    metadata: PackageMetadata
    facts: EstimatorFacts
    threshold: float
    threshold_source: str
    calibration: Mapping[str, Any]
    files: Mapping[Role, StagedFile]
    blobs: Mapping[Role, bytes]
    notes: tuple[Note, ...]
