"""Everything a check may look at, as one value that nothing can change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from modelhub.artifacts.types import Note

Matrix = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows scored by the runtime that serves: float64 (n, n_features) unscaled, scores float64 (n,).

    ``kind`` is ``probe_rows`` (the package's), ``made_rows`` (from the scaler's centre and spread) or
    ``reference_rows`` (the caller's). ``again`` is a second run, ``expected`` what the scores should be:
    the trainer's for probe rows, those of a second evaluator for made rows, None where nobody knows.
    """

    kind: str
    rows: Matrix
    scores: Scores
    again: Scores
    expected: Scores | None = None


@dataclass(frozen=True, slots=True)
class ScalerState:
    """What a StandardScaler remembers of training: mean and scale per column, and the rows it saw.

    ``constant`` is True per column whose training values were all equal; ``rows`` None where unknown.
    """

    center: Matrix
    spread: Matrix
    constant: npt.NDArray[np.bool_]
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """One package or version under validation.

    ``files`` is the SHA-256 of each stored file by role; ``damaged`` names the roles whose content is
    gone. ``problem`` says why the safe form cannot be opened, or is empty. ``threshold`` is in score space
    (higher = more anomalous), ``offset`` is scikit-learn's ``offset_``. ``metadata``, ``metrics`` and
    ``environment`` are claims of the package and may have any shape. ``training_scores`` are scores that
    the package brought, in score space. ``age_days`` is measured by the caller, so checks know no clock.
    """

    reference: str
    feature_names: tuple[str, ...]
    n_features: int
    threshold: float
    offset: float
    estimator: str = ""
    declared_type: str = ""
    scaler_name: str = ""
    feature_set: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()
    problem: str = ""
    threshold_source: str = ""
    scaler: ScalerState | None = None
    sample: Sample | None = None
    given: Sample | None = None
    training_scores: Scores | None = None
    training_samples: int | None = None
    calibration_kind: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    installed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    age_days: float | None = None

    def note(self, *codes: str) -> Note | None:
        """The first note of the import with one of these codes."""
        return next((note for note in self.notes if note.code in codes), None)
