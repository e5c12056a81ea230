"""Where a version of an MLflow registry comes from, as it is kept with the transfer; pure."""

from collections.abc import Mapping
from typing import Any

from modelhub.transfers.sources.mlflow.registry import RegistryVersion, pairs


def of(version: RegistryVersion, run: Mapping[str, Any], aliases: tuple[str, ...]) -> dict[str, Any]:
    """Plain values for the transfer's row; what the registry does not tell is left out."""
    info, data = _object(run.get("info")), _object(run.get("data"))
    told: dict[str, Any] = {
        "model": version.name,
        "version": version.number,
        "aliases": list(aliases),
        "created_at": version.created_at.isoformat() if version.created_at else "",
        "user": version.user,
        "description": version.description,
        "tags": dict(version.tags),
        "run_id": version.run_id,
        "run_name": str(info.get("run_name") or "")[:256],
        "experiment_id": str(info.get("experiment_id") or "")[:64],
        "parameters": pairs(data.get("params")),
        "metrics": pairs(data.get("metrics")),
        "run_tags": _own(pairs(data.get("tags"))),
    }
    return {key: value for key, value in told.items() if value} | {"identity": version.identity}


def _own(tags: Mapping[str, str]) -> dict[str, str]:
    """Without MLflow's bookkeeping, but for who ran which commit."""
    kept = ("mlflow.user", "mlflow.source.name", "mlflow.source.git.commit")
    return {key: value for key, value in tags.items() if key in kept or not key.startswith("mlflow.")}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
