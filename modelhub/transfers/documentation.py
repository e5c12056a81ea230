"""Examples and parameters of the transfers' endpoints in the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`respond-async`: answer 202 at once and import in the background, as `?background=true`.",
)


def transfer(**changes: Any) -> dict[str, Any]:
    """An attempt as the history shows it, with ``changes``."""
    shown: dict[str, Any] = {
        "transfer_id": 8,
        "kind": "package",
        "source": "training",
        "original_path": "models/20261122_210422",
        "local_path": "sha256:9f0c2a6d4b1e7f35c8d90a2b4c6e8f1029384756afbecd0112233445566778899",
        "version": "20261122_210422",
        "model": "default",
        "transferred_at": "2026-11-22T21:05:00.120000Z",
        "finished_at": "2026-11-22T21:05:03.940000Z",
        "duration": 3.82,
        "status": "imported",
        "step": "registering",
        "progress": {"step": "registering", "index": 8, "steps": 8, "percent": 100},
        "queued_at": None,
        "heartbeat_at": None,
        "attempts": 0,
        "error": None,
        "notes": [],
        "initiated_by": "maria",
    }
    return shown | changes


_WAITING = {
    "local_path": None,
    "version": None,
    "transferred_at": "2026-11-22T21:05:00.120000Z",
    "finished_at": None,
    "duration": None,
    "status": "queued",
    "step": "",
    "progress": {"step": "", "index": 0, "steps": 8, "percent": 0},
    "queued_at": "2026-11-22T21:05:00.120000Z",
}
QUEUED = OpenApiExample(
    "Queued",
    value=transfer(**_WAITING),
    response_only=True,
    status_codes=["202"],
)
RUNNING = OpenApiExample(
    "Running in the background",
    value=transfer(
        **_WAITING
        | {
            "status": "running",
            "step": "quarantine",
            "progress": {"step": "quarantine", "index": 4, "steps": 8, "percent": 38},
            "heartbeat_at": "2026-11-22T21:05:05.120000Z",
            "attempts": 1,
        }
    ),
    response_only=True,
    status_codes=["200"],
)
CANCELLED = OpenApiExample(
    "Cancelled",
    value=transfer(
        **_WAITING
        | {
            "status": "cancelled",
            "finished_at": "2026-11-22T21:05:02.500000Z",
            "error": {"code": "", "detail": "Cancelled by maria before it began."},
        }
    ),
    response_only=True,
    status_codes=["200"],
)
HISTORY = OpenApiExample(
    "Two attempts",
    value={
        "count": 2,
        "next": None,
        "previous": None,
        "results": [
            transfer(),
            transfer(
                transfer_id=7,
                original_path="models/damaged",
                local_path=None,
                status="refused",
                step="integrity",
                progress={"step": "integrity", "index": 3, "steps": 8, "percent": 25},
                error={"code": "hash_mismatch", "detail": "model.joblib is not the file of the manifest."},
            ),
        ],
    },
    response_only=True,
    status_codes=["200"],
)
CLEARED = OpenApiExample(
    "Cleared",
    value={
        "status": "cleared",
        "deleted": 12,
        "kept": 40,
        "message": "12 attempts older than 30 days were deleted, 40 are kept.",
    },
    response_only=True,
    status_codes=["200"],
)
UP_TO_DATE = OpenApiExample(
    "Nothing new",
    value={
        "status": "up_to_date",
        "message": "Nothing new in 1 source.",
        "looked_at": [
            {
                "source": "training",
                "packages": 3,
                "new": 0,
                "imported": 2,
                "not_importable": 1,
                "problem": None,
            }
        ],
        "already_known": [],
    },
    response_only=True,
    status_codes=["200"],
)
REFUSED = OpenApiExample(
    "A damaged package",
    value={
        "type": "urn:modelhub:problem:hash_mismatch",
        "title": "Hash mismatch",
        "status": 422,
        "detail": "model.joblib is not the file that the manifest describes: its SHA-256 differs.",
        "instance": "/api/v1/model-management/import/models/20261122_210422",
        "code": "hash_mismatch",
        "transfer_id": 7,
    },
    response_only=True,
    status_codes=["422"],
    media_type="application/problem+json",
)

LISTED = OpenApiExample(
    "A new package",
    value={
        "source": "lab",
        "path": "models/20261122_210422",
        "model": "default",
        "version": "20261122_210422",
        "created_at": "2026-11-22T21:04:22Z",
        "model_type": "isolation_forest",
        "training_samples": 562,
        "evaluation_metrics": {"anomaly_ratio": 0.1, "f1_score": None},
        "imported": False,
        "imported_as": None,
        "importable": True,
        "problem": None,
    },
    response_only=True,
    status_codes=["200"],
)
