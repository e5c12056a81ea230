"""The table of watching and arriving: performance, drift, transfers, sources, alerts, audit, documents."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from modelhub.transfers.models import TrainingSource
from tests import packages
from tests.contracts.api import world
from tests.contracts.api.case import Case
from tests.contracts.api.world import World

_FIGURES = tuple(
    f"performance_metrics.{key}"
    for key in [
        "avg_inference_time",
        "min_inference_time",
        "max_inference_time",
        "p50_inference_time",
        "p95_inference_time",
        "p99_inference_time",
        "throughput",
        "error_rate",
        "avg_anomaly_score",
        "anomaly_rate",
        "total_anomalies",
    ]
)
_TRANSFER = (
    "transfer_id",
    "source",
    "original_path",
    "local_path",
    "version",
    "transferred_at",
    "duration",
    "status",
    "error",
    "initiated_by",
)
_DRIFT = (
    *["drift_detected", "verdict", "drift_score", "confidence", "threshold", "features", "check_id"],
    "indicators.anomaly_rate_change",
    "indicators.score_distribution_change",
    "indicators.inference_time_change",
    "reference.kind",
    "reference.from",
    "reference.to",
    "reference.n",
    "current.from",
    "current.to",
    "current.n",
)
_PAGE = ("count", "next", "previous", "results")
M = "/model-management"


def _upload(data: bytes) -> dict[str, object]:
    file = SimpleUploadedFile("package.zip", data, "application/zip")
    return {"body": encode_multipart(BOUNDARY, {"file": file}), "content_type": MULTIPART_CONTENT}


def _known() -> dict[str, object]:
    return _upload(packages.zipped(packages.deployment_members("5.0.0")))


@contextmanager
def _unreachable(hub: World) -> Iterator[None]:
    TrainingSource.objects.update(location=str(hub.folder / "gone"))
    yield


@contextmanager
def _fresh(hub: World) -> Iterator[None]:
    packages.write_folder(hub.folder / "training" / world.NEW, packages.deployment_members("6.0.0", seed=1))
    yield
    for file in (hub.folder / "training" / world.NEW).iterdir():
        file.unlink()
    (hub.folder / "training" / world.NEW).rmdir()


@contextmanager
def _broken(hub: World) -> Iterator[None]:
    folder = packages.write_folder(hub.folder / "training" / "cut", {"metadata.json": b"{}"})
    yield
    (folder / "metadata.json").unlink()
    folder.rmdir()


def cases() -> Iterator[Case]:
    """Every other operation with its own answers."""
    yield from _performance()
    yield from _clearing()
    yield from _imports()
    yield from _sources()
    yield from _further()


def _performance() -> Iterator[Case]:
    for operation, path, keys in (
        (
            "GET /model-management/performance/{version}",
            f"{M}/performance/1.0.0",
            ("model_version", "total_inferences", "last_updated", *_FIGURES, "series"),
        ),
        ("GET /model-management/performance", f"{M}/performance", _PAGE),
        ("GET /model-management/performance/{version}/report", f"{M}/performance/1.0.0/report", ()),
    ):
        yield Case(operation, "the last day", path, 200, keys=keys)
        yield Case(operation, "the last hour", f"{path}?window=1h", 200, keys=keys)
        yield Case(operation, "a window that is none", f"{path}?window=-1", 422, "param_invalid")
    yield Case(
        "GET /model-management/performance/{version}",
        "a version without traffic",
        f"{M}/performance/2.0.0",
        200,
        keys=_FIGURES,
    )
    yield Case(
        "GET /model-management/performance/{version}/report",
        "as a page",
        f"{M}/performance/1.0.0/report?format=html",
        200,
    )
    yield Case(
        "GET /model-management/performance/{version}/report",
        "as something else",
        f"{M}/performance/1.0.0/report?format=pdf",
        422,
        "param_invalid",
    )
    operation, path = (
        "POST /model-management/performance/{version}/check-drift",
        f"{M}/performance/1.0.0/check-drift",
    )
    yield Case(operation, "traffic and reference are there", path, 200, keys=_DRIFT)
    yield Case(operation, "a version without traffic", f"{M}/performance/2.0.0/check-drift", 200, keys=_DRIFT)
    yield Case(operation, "a window that is none", f"{path}?window=x", 422, "param_invalid")
    operation, path = (
        "GET /model-management/performance/{version}/drift-checks",
        f"{M}/performance/1.0.0/drift-checks",
    )
    yield Case(operation, "newest first", path, 200, keys=("next", "previous", "results.verdict"))
    yield Case(operation, "a cursor that nobody gave out", f"{path}?cursor=x", 422, "param_invalid")


def _clearing() -> Iterator[Case]:
    for operation in (
        "DELETE /model-management/performance/cleanup",
        "DELETE /model-management/transfer-history",
    ):
        path = operation.split()[1]
        yield Case(
            operation, "reaches its own handler", path, 200, keys=("status", "deleted", "kept", "message")
        )
        yield Case(
            operation, "with a number of days", f"{path}?days_to_keep=7", 200, keys=("deleted", "kept")
        )
        yield Case(
            operation,
            "0 days, confirmed",
            f"{path}?days_to_keep=0&confirm=true",
            200,
            keys=("deleted", "kept"),
        )
        for days in ("0", "-1", "x", "", "1.5", "9" * 30, "NaN"):
            yield Case(
                operation, f"`days_to_keep={days}`", f"{path}?days_to_keep={days}", 422, "param_invalid"
            )


def _imports() -> Iterator[Case]:
    imported = ("status", "version.version", *(f"transfer.{key}" for key in _TRANSFER))
    operation, path = "POST /model-management/import/{model_path}", f"{M}/import/{world.KNOWN}"
    yield Case(operation, "the same content again", path, 200, keys=imported)
    yield Case(
        operation,
        "a new package",
        f"{M}/import/{world.NEW}?validate=true&source=training",
        201,
        keys=imported,
        around=_fresh,
    )
    yield Case(operation, "in the background", f"{path}?background=true", 202, keys=_TRANSFER)
    yield Case(operation, "no such package", f"{M}/import/models/none", 404, "package_not_found")
    yield Case(operation, "outside of the root", f"{M}/import/..%2f..%2fetc", 400, "path_invalid")
    yield Case(
        operation, "a package without a model", f"{M}/import/cut", 422, "package_missing_file", around=_broken
    )
    yield Case(operation, "an unknown source", f"{path}?source=none", 404, "not_found")
    yield Case(operation, "a parameter that is none", f"{path}?validate=perhaps", 422, "param_invalid")
    operation, path = "POST /model-management/import-latest", f"{M}/import-latest"
    yield Case(operation, "nothing new", path, 200, keys=("status", "message", "looked_at"))
    yield Case(operation, "a new package", path, 201, keys=imported, around=_fresh)
    yield Case(operation, "in the background", f"{path}?background=true", 202, keys=_TRANSFER)
    yield Case(
        operation,
        "the source is away",
        f"{path}?source=training",
        503,
        "source_unavailable",
        around=_unreachable,
    )
    yield Case(operation, "an unknown source", f"{path}?source=none", 404, "not_found")
    operation, path = "POST /model-management/import", f"{M}/import"
    yield Case(operation, "the same content again", path, 200, keys=imported, **_known())
    yield Case(operation, "into another model", f"{path}?model=fresh", 201, keys=imported, **_known())
    yield Case(operation, "no zip", path, 422, "package_not_zip", **_upload(b"no zip"))
    yield Case(
        operation,
        "no file",
        path,
        422,
        "body_invalid",
        body=encode_multipart(BOUNDARY, {}),
        content_type=MULTIPART_CONTENT,
    )
    yield Case(operation, "no form", path, 415, "unsupported_media", body=b"{}")


def _sources() -> Iterator[Case]:
    operation, path = "GET /model-management/training-service/models", f"{M}/training-service/models"
    keys = [
        "source",
        "path",
        "model",
        "version",
        "created_at",
        "model_type",
        "training_samples",
        "evaluation_metrics",
        "imported",
        "importable",
    ]
    yield Case(operation, "of all sources", path, 200, keys=(*keys, "problem"))
    yield Case(operation, "of one source", f"{path}?source=training", 200, keys=tuple(keys))
    yield Case(operation, "an unknown source", f"{path}?source=none", 404, "not_found")
    yield Case(
        operation,
        "the source is away",
        f"{path}?source=training",
        503,
        "source_unavailable",
        around=_unreachable,
    )
    operation, path = "GET /model-management/training-service/connection", f"{M}/training-service/connection"
    keys = ["connected", "path_exists", "models_found", "latency", "error", "sources"]
    yield Case(operation, "all sources", path, 200, keys=tuple(keys))
    yield Case(operation, "a source that is away", path, 200, keys=tuple(keys), around=_unreachable)
    yield Case(operation, "an unknown source", f"{path}?source=none", 404, "not_found")
    operation, path = "GET /model-management/transfer-history", f"{M}/transfer-history"
    yield Case(operation, "newest first", path, 200, keys=(*_PAGE, *(f"results.{key}" for key in _TRANSFER)))
    yield Case(operation, "by status", f"{path}?status=refused", 200, keys=_PAGE)
    yield Case(operation, "a status that there is not", f"{path}?status=none", 422, "param_invalid")
    operation, path = (
        "GET /model-management/transfer-history/{transfer_id}",
        f"{M}/transfer-history/{world.ENDED}",
    )
    yield Case(operation, "one attempt", path, 200, keys=(*_TRANSFER, "progress"))
    yield Case(operation, "an unknown one", f"{M}/transfer-history/999", 404, "transfer_not_found")
    operation, path = (
        "POST /model-management/transfer-history/{transfer_id}/cancel",
        f"{M}/transfer-history/{world.QUEUED}/cancel",
    )
    yield Case(operation, "one that waits", path, 200, keys=_TRANSFER)
    yield Case(
        operation,
        "one that has ended",
        f"{M}/transfer-history/{world.ENDED}/cancel",
        409,
        "transfer_not_queued",
    )
    yield Case(operation, "an unknown one", f"{M}/transfer-history/999/cancel", 404, "transfer_not_found")


def _further() -> Iterator[Case]:
    yield Case("GET /deployments", "newest first", "/deployments", 200, keys=(*_PAGE, "results.deployed_by"))
    yield Case(
        "GET /deployments", "a state that there is not", "/deployments?state=none", 422, "param_invalid"
    )
    yield Case(
        "GET /deployments/at",
        "now",
        "/deployments/at",
        200,
        keys=("time", "model", "deployment", "explanation"),
    )
    yield Case(
        "GET /deployments/at", "a time that is none", "/deployments/at?time=yesterday", 422, "param_invalid"
    )
    yield Case(
        "GET /deployments/at", "an unknown model", "/deployments/at?model=none", 404, "model_not_found"
    )
    yield Case("GET /alerts", "newest first", "/alerts", 200, keys=(*_PAGE, "results.alert_id"))
    yield Case("GET /alerts", "a kind that there is not", "/alerts?kind=none", 422, "param_invalid")
    operation = "POST /alerts/{alert_id}/close"
    yield Case(
        operation,
        "an open one",
        f"/alerts/{world.ALERT}/close",
        200,
        body={"reason": "fixed"},
        keys=("alert_id", "state"),
    )
    yield Case(
        operation, "again", f"/alerts/{world.ALERT}/close", 200, body={}, sent=2, keys=("alert_id", "state")
    )
    yield Case(operation, "an unknown one", "/alerts/999/close", 404, "not_found", body={})
    operation = "POST /notification-channels/{name}/test"
    yield Case(
        operation,
        "a receiver that is away",
        f"/notification-channels/{world.CHANNEL}/test",
        200,
        keys=("success",),
    )
    yield Case(operation, "an unknown one", "/notification-channels/none/test", 404, "not_found")
    yield Case("GET /registry/document", "all models", "/registry/document", 200)
    yield Case(
        "GET /registry/document", "an unknown model", "/registry/document?model=none", 404, "model_not_found"
    )
    yield Case("GET /audit", "newest first", "/audit", 200, keys=("next", "previous", "results"))
    yield Case("GET /audit", "an outcome that there is not", "/audit?outcome=none", 422, "param_invalid")
    for page in ("schema", "docs", "redoc"):
        yield Case(f"GET /{page}", "the document", f"/{page}", 200)
