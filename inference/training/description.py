"""What a trained package says of itself, in the training service's own nested form and its manifest."""

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from inference.training.fitting import Algorithm, FittedModel
from monitoring.drift import packaged
from monitoring.drift.profile import Profile

PROBE_ROWS = 20
MAX_CALIBRATION_SCORES = 20_000
_UNKNOWN_METRICS = ("accuracy", "precision", "recall", "f1_score", "roc_auc", "average_precision")


def metadata(
    fitted: FittedModel, *, label: str, created_at: datetime, source: str, notes: Sequence[str] = ()
) -> dict[str, Any]:
    """metadata.json: the service's fields, with null where an unsupervised model has no answer.

    ``environment``, ``novelty``, ``score_orientation`` and ``notes`` are additions of this trainer.
    """
    return {
        "model_info": {
            "version": label,
            "created_at": created_at.isoformat(),
            "model_type": fitted.settings.algorithm.value,
            "training_source": "log_files",
            "export_file": source,
            "training_id": None,
        },
        "training_info": {
            "training_samples": len(fitted.features),
            "feature_names": list(fitted.feature_names),
            "export_file_size": None,
            "training_duration": fitted.fit_s,
            "model_parameters": _parameters(fitted),
        },
        "evaluation_info": {
            "basic_metrics": _metrics(fitted),
            "score_distribution": {},
            "cross_validation_score": None,
            "feature_importance": None,
        },
        "deployment_info": {
            "status": "available",
            "deployed_at": None,
            "deployed_by": None,
            "performance_metrics": {},
        },
        "environment": {
            "python": platform.python_version(),
            "sklearn": version("scikit-learn"),
            "numpy": version("numpy"),
            "joblib": version("joblib"),
        },
        "novelty": True,
        "score_orientation": "higher_is_more_anomalous",
        "notes": list(notes),
    }


def manifest(description: Mapping[str, Any], hashes: Mapping[str, str]) -> dict[str, Any]:
    """deployment_manifest.json, so that damage to any file is found: ``hashes`` is SHA-256 by file name."""
    metrics = description["evaluation_info"]["basic_metrics"]
    training = description["training_info"]
    return {
        "model_version": description["model_info"]["version"],
        "deployment_timestamp": description["model_info"]["created_at"],
        "package_format_version": "1.0",
        "model_info": {
            name: description["model_info"][name]
            for name in ("model_type", "training_source", "training_id", "export_file")
        },
        "training_info": {**training, "feature_count": len(training["feature_names"])},
        "evaluation_info": {
            name: description["evaluation_info"][name]
            for name in ("basic_metrics", "cross_validation_score", "feature_importance")
        },
        "deployment_info": {
            name: description["deployment_info"][name] for name in ("status", "deployed_at", "deployed_by")
        },
        "files": {
            "model_file": "model.joblib",
            "scaler_file": "scaler.joblib",
            "metadata_file": "metadata.json",
        },
        "file_integrity": dict(hashes),
        "inference_config": {
            "threshold": metrics["threshold_value"],
            "anomaly_ratio": metrics["anomaly_ratio"],
        },
    }


def probe_rows(fitted: FittedModel) -> dict[str, Any]:
    """Rows from the least to the most anomalous with their scores: what an importer can check itself on."""
    ranked = np.argsort(fitted.scores, kind="stable")
    chosen = ranked[np.unique(np.linspace(0, len(ranked) - 1, PROBE_ROWS).round().astype(int))]
    return {
        "feature_names": list(fitted.feature_names),
        "rows": fitted.features[chosen].tolist(),
        "scores": fitted.scores[chosen].tolist(),
    }


def calibration_scores(fitted: FittedModel) -> dict[str, Any]:
    """Ascending training scores, thinned evenly to at most 20,000 with both ends kept."""
    ordered = np.sort(fitted.scores)
    count = min(len(ordered), MAX_CALIBRATION_SCORES)
    return {"scores": ordered[np.linspace(0, len(ordered) - 1, count).round().astype(int)].tolist()}


def reference_profile(fitted: FittedModel) -> dict[str, Any]:
    """How the training rows are distributed, feature by feature: what later drift is measured against."""
    return packaged.to_json(Profile.learn(fitted.features, fitted.feature_names))


def _metrics(fitted: FittedModel) -> dict[str, float | None]:
    scores = fitted.scores
    known = {
        "score_mean": float(scores.mean()),
        "score_std": float(scores.std()),
        "score_min": float(scores.min()),
        "score_max": float(scores.max()),
        "anomaly_ratio": float(np.mean(scores > fitted.threshold)),
        "threshold_value": fitted.threshold,
    }
    return {**known, **dict.fromkeys(_UNKNOWN_METRICS)}


def _parameters(fitted: FittedModel) -> dict[str, Any]:
    names = {
        Algorithm.ISOLATION_FOREST: (
            "n_estimators",
            "max_samples",
            "contamination",
            "random_state",
            "bootstrap",
            "max_features",
        ),
        Algorithm.LOCAL_OUTLIER_FACTOR: ("n_neighbors", "contamination", "novelty"),
        Algorithm.ONE_CLASS_SVM: ("nu", "kernel", "gamma"),
    }[fitted.settings.algorithm]
    given = fitted.detector.get_params()
    return {name: given[name] for name in names}
