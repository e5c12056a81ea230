"""Examples of the management endpoints for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_SUMMARY: dict[str, Any] = {
    "id": 3,
    "model": "wifi",
    "version": "20261122_210422",
    "reference": "wifi:20261122_210422",
    "status": "deployed",
    "is_active": True,
    "is_current": True,
    "aliases": ["champion"],
    "model_type": "IsolationForest",
    "feature_set": "training-service-v1",
    "created_at": "2026-11-22T21:04:22.267044Z",
    "imported_at": "2026-11-23T08:00:00Z",
    "size_bytes": 1240312,
    "sha256": "9f2c3c1c6a0f6f3c2b9c0a0a4c5a8d0f1b7e6d5c4b3a29181716151413121110",
    "metrics": {"anomaly_ratio": 0.1, "f1_score": None},
}
_DEPLOYMENT: dict[str, Any] = {
    "deployment_id": 5,
    "operation": "deploy",
    "deployed_at": "2026-11-23T08:05:00Z",
    "ended_at": None,
    "deployed_by": "maria",
    "reason": "Fewer false alarms",
    "previous_version": "20261101_090000",
    "fallback_from": None,
    "generation": 9,
}
_MANAGED: dict[str, Any] = _SUMMARY | {
    "deployment": _DEPLOYMENT,
    "last_validation": None,
    "last_drift_check": None,
    "inference_totals": None,
    "assigned_agents": [],
}


def _answer(name: str, value: dict[str, Any], *, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _problem(name: str, status: int, code: str, detail: str, instance: str) -> OpenApiExample:
    value = {
        "type": f"urn:modelhub:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    return OpenApiExample(
        name,
        value=value,
        response_only=True,
        status_codes=[str(status)],
        media_type="application/problem+json",
    )


REASON = OpenApiExample("With a reason", value={"reason": "Fewer false alarms"}, request_only=True)
SUMMARY = _answer("A deployed version", _SUMMARY)
MANAGED = _answer("A deployed version", _MANAGED)
DETAILS = _answer(
    "A deployed version",
    _MANAGED
    | {
        "declared_model_type": "isolation_forest",
        "scaler": "StandardScaler",
        "runtime": "forest",
        "feature_names": ["hour_of_day", "message_length"],
        "threshold": 0.5205,
        "threshold_source": "metadata",
        "offset": -0.52,
        "calibration": {"kind": "statistics"},
        "training_samples": 6295,
        "environment": {"sklearn": "1.9.1"},
        "pickle_globals": ["sklearn.ensemble._iforest.IsolationForest"],
        "notes": [{"code": "manifest_absent", "detail": "The package has no manifest."}],
        "metadata": {"metadata.json": {}},
        "artifacts": [{"role": "forest_tables", "sha256": "5e…", "size_bytes": 81234}],
        "transfers": [
            {
                "transfer_id": 7,
                "source": "lab",
                "original_path": "models/20261122_210422",
                "status": "imported",
                "transferred_at": "2026-11-23T08:00:00Z",
                "initiated_by": "maria",
            }
        ],
        "deployments": [_DEPLOYMENT],
        "history": [
            {
                "operation": "import",
                "by": "maria",
                "channel": "admin",
                "at": "2026-11-23T08:00:00Z",
                "reason": "",
                "before": {},
                "after": {"label": "20261122_210422"},
                "generation": 8,
            }
        ],
        "reports": {
            "validation": "/api/v1/model-management/wifi:20261122_210422/validation-report",
            "performance": "/api/v1/model-management/performance/wifi:20261122_210422/report",
        },
    },
)
LOADED = _answer(
    "Loaded for a trial",
    {
        "version": "20261122_210422",
        "status": "loaded",
        "changed": True,
        "generation": 10,
        "model_info": _SUMMARY | {"status": "loaded", "aliases": []},
    },
)
ACTIVITY = _answer(
    "Done", {"version": "20261122_210422", "model": "wifi", "is_active": True, "changed": True}
)
DEPLOYED = _answer(
    "Deployed",
    {
        "version": "20261122_210422",
        "model": "wifi",
        "status": "deployed",
        "changed": True,
        "deployed_at": "2026-11-23T08:05:00Z",
        "previous_version": "20261101_090000",
        "deployment_id": 5,
        "generation": 9,
    },
)
ROLLED_BACK = _answer(
    "Rolled back",
    {
        "version": "20261101_090000",
        "model": "wifi",
        "status": "rolled_back",
        "changed": True,
        "rolled_back_at": "2026-11-23T09:00:00Z",
        "rolled_back_from": "20261122_210422",
        "deployment_id": 6,
        "generation": 10,
    },
)
DELETED = _answer(
    "Deleted",
    {
        "version": "20261101_090000",
        "model": "wifi",
        "status": "deleted",
        "deleted_at": "2026-11-23T09:30:00Z",
        "released_blobs": 4,
        "released_bytes": 1240312,
        "shared_blobs": 0,
        "history_kept": True,
    },
)
IN_USE = _problem(
    "Still deployed",
    409,
    "version_in_use",
    "wifi:20261122_210422 cannot be deleted: it is deployed, the alias @champion points to it. "
    "End that first.",
    "/api/v1/model-management/wifi:20261122_210422",
)
ALIASED = _answer(
    "The alias moved",
    {
        "version": "20261122_210422",
        "model": "wifi",
        "alias": "challenger",
        "changed": True,
        "moved_from": "20261101_090000",
        "aliases": ["challenger"],
    },
)
UNALIASED = _answer(
    "The alias is gone",
    {
        "version": "20261122_210422",
        "model": "wifi",
        "alias": "challenger",
        "changed": True,
        "moved_from": None,
        "aliases": [],
    },
)
