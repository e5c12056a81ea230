"""Packages for tests: valid ones in every form, and zips with any field of the format bent."""

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ["one", "two", "three"]
# Never a pickle: whatever passes the static checks without complaint has not been unpickled.
MODEL = b"model bytes " * 40
SCALER = b"scaler bytes " * 10


def nested(**changes: Any) -> dict[str, Any]:
    """metadata.json of a service package; ``changes`` replace whole sections."""
    metadata: dict[str, Any] = {
        "model_info": {
            "version": "20260101_120000",
            "created_at": "2026-01-01T12:00:00.000001",
            "model_type": "isolation_forest",
            "training_source": "export_data",
            "export_file": None,
            "training_id": None,
        },
        "training_info": {
            "training_samples": 100,
            "feature_names": NAMES,
            "export_file_size": None,
            "training_duration": 0.5,
            "model_parameters": {"n_estimators": 100},
        },
        "evaluation_info": {
            "basic_metrics": {
                "score_mean": 0.46,
                "score_std": 0.05,
                "score_min": 0.38,
                "score_max": 0.65,
                "anomaly_ratio": 0.1,
                "threshold_value": 0.52,
                "accuracy": None,
                "roc_auc": None,
            },
            "score_distribution": {},
            "cross_validation_score": None,
            "feature_importance": None,
        },
        "deployment_info": {"status": "available", "deployed_at": None, "deployed_by": None},
    }
    return metadata | changes


def flat(**changes: Any) -> dict[str, Any]:
    """metadata.json of a command-line package."""
    metadata: dict[str, Any] = {
        "model_type": "isolation_forest",
        "model_params": {},
        "training_date": "2026-01-01T12:00:00.000001",
        "feature_count": 3,
        "feature_names": NAMES,
        "scaler_fitted": True,
    }
    return metadata | changes


def manifest(members: Mapping[str, bytes], /, **changes: Any) -> dict[str, Any]:
    """deployment_manifest.json that fits ``members``."""
    built: dict[str, Any] = {
        "model_version": "20260101_120000",
        "package_format_version": "1.0",
        "files": {"model_file": "model.joblib", "validation_script": "validate_model.py"},
        "file_integrity": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
        "inference_config": {"threshold": 0.52},
        "model_artifacts": {"total_package_size": 0},
    }
    return built | changes


def dumped(value: Any) -> bytes:
    """As JSON bytes; NaN is written as Python writes it."""
    return json.dumps(value).encode()


def service_files(**changes: Any) -> dict[str, bytes]:
    """Members of a service package."""
    return {"model.joblib": MODEL, "scaler.joblib": SCALER, "metadata.json": dumped(nested(**changes))}


def deployment_files(metadata: Any = None, **changes: Any) -> dict[str, bytes]:
    """Members of a deployment package; ``changes`` replace sections of its manifest."""
    files = service_files() if metadata is None else {**service_files(), "metadata.json": dumped(metadata)}
    return {**files, "deployment_manifest.json": dumped(manifest(files, **changes))}


def command_line_files(**changes: Any) -> dict[str, bytes]:
    """Members of a command-line package."""
    return {
        "model.joblib": MODEL,
        "scaler.joblib": SCALER,
        "features.json": dumped(NAMES),
        "metadata.json": dumped(flat(**changes)),
    }


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The folder, made, with the files in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@dataclass(frozen=True)
class Raw:
    """One zip entry; every None is filled in truthfully."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    version: int = 20
    mode: int = 0o100600
    declared_size: int | None = None
    crc: int | None = None
    packed: bytes | None = None
    at: int | None = None  # table entry only: where its header is claimed to be


def zip_bytes(entries: Iterable[Raw]) -> bytes:
    """A zip of exactly these entries."""
    body, table, count = b"", b"", 0
    for entry in entries:
        packed = entry.packed if entry.packed is not None else _pack(entry)
        size = len(entry.data) if entry.declared_size is None else entry.declared_size
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        offset = len(body) if entry.at is None else entry.at
        common = (entry.flags, entry.method, 0, 0, crc, len(packed), size, len(entry.name), 0)
        table += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", (3 << 8) | 20, entry.version, *common, 0, 0, 0,
                             entry.mode << 16, offset) + entry.name  # fmt: skip
        if entry.at is None:
            body += struct.pack("<4s5H3L2H", b"PK\x03\x04", entry.version, *common) + entry.name + packed
        count += 1
    return body + table + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(table), len(body), 0)


def as_entries(files: Mapping[str, bytes], top: str = "") -> list[Raw]:
    """Ordinary deflated entries."""
    return [Raw(f"{top}{name}".encode(), data) for name, data in files.items()]


def _pack(entry: Raw) -> bytes:
    if entry.method != 8:
        return entry.data
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    return deflater.compress(entry.data) + deflater.flush()
