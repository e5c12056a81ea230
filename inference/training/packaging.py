"""Writing a trained package: complete under its name or not there at all."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib

from inference.training import description
from inference.training.fitting import FittedModel
from modelhub.artifacts.labels import check_label
from modelhub.errors import Code, Conflict


def write_package(
    fitted: FittedModel, folder: Path, *, label: str = "", source: str = "", notes: Sequence[str] = ()
) -> str:
    """Write the package ``folder`` and return its version label (default: local time YYYYMMDD_HHMMSS).

    ``notes`` are sentences about the training that its metadata shall keep.

    Raises:
        PackageRefused: ``version_invalid`` for a label that no import would accept.
        Conflict: ``version_conflict`` where the folder exists; it is left as it is.
        OSError: the disk refused; it names ``folder``.
    """
    # Local time as the training service writes it, but with its zone: without one nobody knows the moment.
    created_at = datetime.now(UTC).astimezone()
    label = check_label(label or created_at.strftime("%Y%m%d_%H%M%S"))
    check_free(folder)
    about = description.metadata(fitted, label=label, created_at=created_at, source=source, notes=notes)
    try:
        _write_whole(folder, fitted, about)
    except OSError as error:  # it may name a folder or file of ours that the caller never heard of
        raise OSError(error.errno, error.strerror, str(folder)) from error
    return label


def check_free(folder: Path) -> None:
    """Raises Conflict (version_conflict) where ``folder`` exists: packages are never overwritten."""
    if folder.exists():
        raise Conflict(
            Code.VERSION_CONFLICT,
            f"{folder.name} exists already; packages are never overwritten. Name another.",
        )


def _write_whole(folder: Path, fitted: FittedModel, about: dict[str, Any]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
    try:
        _write_files(partial, fitted, about)
        partial.chmod(0o755)  # mkdtemp is for the owner only; a package is for the importer's account too
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _write_files(folder: Path, fitted: FittedModel, about: dict[str, Any]) -> None:
    joblib.dump(fitted.detector, folder / "model.joblib")
    joblib.dump(fitted.scaler, folder / "scaler.joblib")
    _write_json(folder / "metadata.json", about)
    _write_json(folder / "features.json", list(fitted.feature_names))
    _write_json(folder / "probe_rows.json", description.probe_rows(fitted))
    _write_json(folder / "calibration_scores.json", description.calibration_scores(fitted))
    _write_json(folder / "reference_profile.json", description.reference_profile(fitted), indent=None)
    hashes = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    _write_json(folder / "deployment_manifest.json", description.manifest(about, hashes))


def _write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, indent=indent, separators=separators, allow_nan=False)
    path.write_text(text, encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
