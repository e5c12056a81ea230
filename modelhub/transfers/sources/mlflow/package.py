"""A version of an MLflow registry as a training package: its model file, and metadata made for it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from modelhub.artifacts import layout
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.staging import Staging
from modelhub.artifacts.types import Note, StagedPackage
from modelhub.transfers.sources.mlflow import mlmodel
from modelhub.transfers.sources.mlflow.artifacts import Artifacts
from modelhub.transfers.sources.mlflow.mlmodel import SklearnModel
from modelhub.transfers.sources.mlflow.registry import Registry, RegistryVersion

_STEP = 256 * 1024


def stage(registry: Registry, version: RegistryVersion, into: Path, *, limits: Limits) -> StagedPackage:
    """The version's files are in ``into`` as a package; its pickle takes the way of every package.

    The metadata holds what never changes about the version, so that importing it again is recognised.
    Feature names come from the signature; where it names none they must be inside the model, and
    nothing is guessed. Raises PackageRefused and the faults of the site; nothing is then left.
    """
    artifacts = Artifacts(registry, version)
    room = into.parent
    with artifacts.open("MLmodel", room=room, limit=mlmodel.MAX_BYTES) as file:
        model = mlmodel.read(file.read())
    opened = artifacts.open(model.file, room=room, limit=limits.model_bytes)
    with opened as file, Staging(into, limits) as target:
        target.require_room(_size(file))
        target.receive(layout.MODEL, _chunks(file))
        target.receive(layout.METADATA, [_encoded(metadata(version, model))])
        return StagedPackage(root=into, files=target.files, label_hint=version.label, notes=_notes(model))


def metadata(version: RegistryVersion, model: SklearnModel) -> dict[str, Any]:
    """The version as a nested metadata.json; a threshold is not declared, so the detector's own counts."""
    created_at = version.created_at.isoformat() if version.created_at else None
    return {
        "model_info": {
            "version": version.label,
            **({"created_at": created_at} if created_at else {}),
            "training_source": "mlflow",
        },
        "training_info": {"feature_names": list(model.names)} if model.names else {},
        "environment": dict(model.environment),
        "mlflow": {
            "model": version.name,
            "version": version.number,
            "run_id": version.run_id,
            "model_id": model.model_id,
            "serialization_format": model.serialization,
        },
    }


def _notes(model: SklearnModel) -> tuple[Note, ...]:
    if model.names:
        return ()
    return (
        Note(
            "signature_absent",
            "The MLflow model has no signature that names its columns. Log it with one, so that their order "
            "can be checked.",
        ),
    )


def _encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True).encode("ascii")


def _size(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_STEP):
        yield chunk
