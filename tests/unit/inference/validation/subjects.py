"""Subjects in good order, to be spoiled one thing at a time."""

from typing import Any

import numpy as np

from inference.validation.catalog import run
from inference.validation.findings import CheckResult
from inference.validation.subject import Sample, ScalerState, Subject

NAMES = tuple(f"column_{i}" for i in range(8))
DIGEST = "a" * 64


def scores(count: int = 1_000) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Scores as a forest gives them: right-skewed around 0.46, the top tenth above 0.52."""
    return 0.40 + np.random.default_rng(5).gamma(4.0, 0.015, count)


def sample(kind: str = "made_rows", *, values: Any = None, **fields: Any) -> Sample:
    """193 rows with scores that vary."""
    found = scores(193) if values is None else np.asarray(values, np.float64)
    rows = np.random.default_rng(1).normal(size=(len(found), len(NAMES)))
    return Sample(
        **({"kind": kind, "rows": rows, "scores": found, "again": found, "expected": found} | fields)
    )


def scaler(**fields: Any) -> ScalerState:
    """Every column varied in 1,000 training rows."""
    width = len(NAMES)
    state = {
        "center": np.zeros(width),
        "spread": np.full(width, 2.0),
        "constant": np.zeros(width, np.bool_),
        "rows": 1_000,
    }
    return ScalerState(**(state | fields))


def good(**fields: Any) -> Subject:
    """A subject without any finding, but for ``fields``."""
    training = scores()
    threshold = float(np.percentile(training, 90))
    known = {
        "reference": "default:1",
        "feature_names": NAMES,
        "n_features": len(NAMES),
        "threshold": threshold,
        "offset": -threshold,
        "estimator": "IsolationForest",
        "scaler_name": "StandardScaler",
        "feature_set": "some-set",
        "files": {
            "original_model": DIGEST,
            "original_scaler": DIGEST,
            "metadata": DIGEST,
            "manifest": DIGEST,
            "forest_tables": DIGEST,
        },
        "threshold_source": "manifest",
        "scaler": scaler(),
        "sample": sample(),
        "training_scores": training,
        "training_samples": 1_000,
        "calibration_kind": "scores",
        "metrics": {
            "score_mean": float(training.mean()),
            "score_std": float(training.std()),
            "score_min": float(training.min()),
            "score_max": float(training.max()),
            "anomaly_ratio": 0.1,
            "f1_score": None,
        },
        "metadata": {"deployment_manifest.json": {"file_integrity": {"model.joblib": DIGEST}}},
        "environment": {"sklearn": "1.9.1"},
        "installed": {"sklearn": "1.9.1"},
        "age_days": 3.0,
    }
    return Subject(**(known | fields))


def result(subject: Subject, name: str) -> CheckResult:
    """What the check of that name says of the subject."""
    return next(check for check in run(subject) if check.name == name)


def codes(subject: Subject, name: str) -> list[str]:
    """The codes of that check's findings."""
    return [finding.code for finding in result(subject, name).findings]
