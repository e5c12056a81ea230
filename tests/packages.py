"""Valid training packages, small and real, in the forms the training service writes."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

NAMES = (
    "hour_of_day day_of_week minute_of_hour time_since_midnight is_weekend is_business_hours "
    "is_connection_event is_auth_event is_error_event mac_count ip_count message_length word_count "
    "special_char_count uppercase_ratio number_count unique_chars process_rank log_level_numeric "
    "process_frequency "
    + " ".join(
        f"window_{width}_{count}"
        for width in ("5min", "15min", "1hour")
        for count in ("connection_count", "unique_macs", "error_count", "process_diversity")
    )
).split()


@dataclass(frozen=True, slots=True)
class Fitted:
    """The two pickles of a package, and what scikit-learn says about its training rows."""

    model: bytes
    scaler: bytes
    rows: np.ndarray[Any, np.dtype[np.float64]]
    scores: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def threshold(self) -> float:
        return float(np.percentile(self.scores, 90))


@cache
def fit(seed: int = 0) -> Fitted:
    """Eight trees on 64 rows of 32 columns; another seed is another model."""
    rows = np.random.default_rng(seed).normal(size=(64, len(NAMES)))
    scaler = StandardScaler().fit(rows)
    scaler.feature_names_in_ = np.array(NAMES, dtype=object)  # as after fitting a data frame
    scaled = (rows - scaler.mean_) / scaler.scale_
    model = IsolationForest(n_estimators=8, contamination=0.1, random_state=seed).fit(scaled)
    return Fitted(dumped(model), dumped(scaler), rows, -model.score_samples(scaled))


def dumped(value: object) -> bytes:
    """The value as a joblib file."""
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


def metadata(label: str = "1.0.0", *, seed: int = 0) -> dict[str, Any]:
    """The nested metadata of a service package."""
    fitted = fit(seed)
    metrics: dict[str, float | None] = {
        "score_mean": float(fitted.scores.mean()),
        "score_std": float(fitted.scores.std()),
        "score_min": float(fitted.scores.min()),
        "score_max": float(fitted.scores.max()),
        "anomaly_ratio": 0.1,
        "threshold_value": fitted.threshold,
    }
    return {
        "model_info": {
            "version": label,
            "created_at": "2026-11-22T21:04:22.267044",
            "model_type": "isolation_forest",
            "training_source": "export_data",
            "export_file": None,
            "training_id": None,
        },
        "training_info": {
            "training_samples": len(fitted.rows),
            "feature_names": list(NAMES),
            "export_file_size": None,
            "training_duration": 0.1,
            "model_parameters": {"n_estimators": 8, "contamination": 0.1, "random_state": seed},
        },
        "evaluation_info": {
            "basic_metrics": metrics | {"accuracy": None, "f1_score": None, "roc_auc": None},
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
    }


def service_members(label: str = "1.0.0", *, seed: int = 0) -> dict[str, bytes]:
    """The files of a service package by name."""
    fitted = fit(seed)
    return {
        "model.joblib": fitted.model,
        "scaler.joblib": fitted.scaler,
        "metadata.json": encoded(metadata(label, seed=seed)),
    }


def narrow_members(label: str = "1.0.0") -> dict[str, bytes]:
    """The files of a service package that reads three columns, as the usage example of the façade sends."""
    names = ["first", "second", "third"]
    rows = np.random.default_rng(3).normal([2.5, 3.5, 4.5], 2.0, size=(64, 3))
    scaler = StandardScaler().fit(rows)
    scaler.feature_names_in_ = np.array(names, dtype=object)
    scaled = (rows - scaler.mean_) / scaler.scale_
    model = IsolationForest(n_estimators=8, contamination=0.1, random_state=3).fit(scaled)
    described = metadata(label)
    described["training_info"] |= {"feature_names": names, "training_samples": len(rows)}
    scores = -model.score_samples(scaled)
    described["evaluation_info"]["basic_metrics"] |= {
        "score_mean": float(scores.mean()),
        "score_std": float(scores.std()),
        "score_min": float(scores.min()),
        "score_max": float(scores.max()),
        "threshold_value": float(np.percentile(scores, 90)),
    }
    return {
        "model.joblib": dumped(model),
        "scaler.joblib": dumped(scaler),
        "metadata.json": encoded(described),
    }


def deployment_members(label: str = "1.0.0", *, seed: int = 0) -> dict[str, bytes]:
    """The files of a deployment package by name: a service package with its manifest."""
    members = service_members(label, seed=seed)
    return members | {"deployment_manifest.json": encoded(manifest(members))}


def manifest(members: Mapping[str, bytes]) -> dict[str, Any]:
    """A manifest that signs the given files."""
    nested = json.loads(members["metadata.json"])
    metrics = nested["evaluation_info"]["basic_metrics"]
    return {
        "model_version": nested["model_info"]["version"],
        "deployment_timestamp": "2026-11-22T21:04:22.806119",
        "package_format_version": "1.0",
        "model_info": nested["model_info"],
        "training_info": nested["training_info"],
        "evaluation_info": {"basic_metrics": metrics},
        "deployment_info": {"status": "deployed", "deployed_at": None, "deployed_by": "ops"},
        "files": {
            "model_file": "model.joblib",
            "scaler_file": "scaler.joblib",
            "metadata_file": "metadata.json",
        },
        "file_integrity": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
        "inference_config": {"threshold": metrics["threshold_value"], "anomaly_ratio": 0.1},
        "model_artifacts": {"total_package_size": 0},
    }


def write_folder(folder: Path, members: Mapping[str, bytes]) -> Path:
    """The members as a package folder."""
    folder.mkdir(parents=True)
    for name, data in members.items():
        (folder / name).write_bytes(data)
    return folder


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """The members as a package zip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(members))
    return path


def zipped(members: Mapping[str, bytes]) -> bytes:
    """The bytes of a zip of the members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def encoded(value: object) -> bytes:
    """JSON as the training service writes it."""
    return json.dumps(value, indent=2).encode()
