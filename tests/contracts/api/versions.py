"""The table of versions: listing, serving, scoring, deploying, validating."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from inference.choices import FaultKind
from inference.models import ServingFault
from inference.resilience import guarding
from inference.serving import loading
from modelhub.registry import lifecycle, references
from modelhub.registry.models import RegisteredModel
from tests import faulty
from tests.contracts.api.case import Case
from tests.contracts.api.world import ACTOR, World, trained
from tests.integration.conftest import sshd_records

SUMMARY = (
    "id",
    "model",
    "version",
    "status",
    "is_active",
    "is_current",
    "aliases",
    "model_type",
    "created_at",
    "imported_at",
    "size_bytes",
    "sha256",
    "metrics",
)
PAGE = ("count", "next", "previous", "results", *(f"results.{key}" for key in SUMMARY))
RECORDS = [
    {"message": r.message, "timestamp": str(r.timestamp), "program": r.program, "level": r.level}
    for r in sshd_records(20)
]
_DEPLOYED = ("version", "status", "deployed_at", "previous_version", "deployment_id")
_ANALYZED = (
    "model",
    "summary.records",
    "summary.scored",
    "summary.rejected",
    "summary.anomalies",
    "summary.anomaly_rate",
    "summary.inference_time",
    "results.log_entry",
    "results.analysis_timestamp",
    "results.model_version",
    "errors",
    *(
        f"results.analysis_result.{key}"
        for key in [
            "prediction",
            "anomaly_score",
            "severity",
            "is_anomaly",
            "threshold",
            "model_version",
            "timestamp",
        ]
    ),
)
_QUALITY = (
    "is_valid",
    "score",
    "errors",
    "warnings",
    "recommendations",
    "quality_metrics",
    "issues",
    "checks",
    "report_id",
)


@contextmanager
def _nothing_serves(hub: World) -> Iterator[None]:
    RegisteredModel.objects.filter(name="default").update(current_version=None)
    yield


@contextmanager
def _fails(hub: World) -> Iterator[None]:
    """The version that serves fails on a marked row."""
    slot = loading.slot("default")
    faulty_model = replace(slot.model, runtime=faulty.Faulty(slot.model.runtime))
    loading.stand_in("default", replace(slot, model=faulty_model))
    yield
    loading.stand_in("default", None)


@contextmanager
def _only_rules(hub: World) -> Iterator[None]:
    """The version that serves failed, and none served before it."""
    slot = loading.slot("default")
    held = guarding.held_for(slot)
    assert held is not None
    loading.stand_in("default", guarding.rules_slot(held))
    yield
    loading.stand_in("default", None)


@contextmanager
def _has_failed(hub: World) -> Iterator[None]:
    version = references.find("1.0.0")
    ServingFault.objects.create(
        version=version, kind=FaultKind.CRASH, process="node:1:2", detail="it crashed"
    )
    yield


@contextmanager
def _deactivated(hub: World) -> Iterator[None]:
    lifecycle.deactivate(references.find("2.0.0"), ACTOR)
    yield


def _row() -> list[float]:
    return [float(value) for value in trained(0).rows[0]]


def cases() -> Iterator[Case]:
    """Every operation on versions with its own answers."""
    for operation in ("GET /models", "GET /model-management/models"):
        path = operation.split()[1]
        more = ("deployment", "last_validation", "last_drift_check", "inference_totals", "assigned_agents")
        keys = (*PAGE, *(f"results.{key}" for key in more)) if "management" in path else PAGE
        yield Case(operation, "all versions", path, 200, keys=keys)
        yield Case(
            operation,
            "narrowed by model, status and text",
            f"{path}?model=default&status=deployed&search=1.0",
            200,
            keys=PAGE,
        )
        yield Case(
            operation, "ordered, by pages", f"{path}?ordering=-created_at&page=1&page_size=2", 200, keys=PAGE
        )
        yield Case(operation, "a status that there is not", f"{path}?status=none", 422, "param_invalid")
        yield Case(
            operation,
            "a page size that is no number from 1 to 500",
            f"{path}?page_size=501",
            422,
            "param_invalid",
        )
        yield Case(operation, "a page beyond the last", f"{path}?page=999", 404, "not_found")
    for operation, path in (
        ("GET /models/{version}/info", "/models/1.0.0/info"),
        ("GET /model-management/models/{version}", "/model-management/models/default@champion"),
    ):
        yield Case(
            operation,
            "by label or alias",
            path,
            200,
            keys=(*SUMMARY, "metadata", "deployments", "transfers", "reports", "history"),
        )
    yield from _serving()
    yield from _toggling()
    yield from _deploying()
    yield from _validating()


def _serving() -> Iterator[Case]:
    operation, path = "GET /models/current", "/models/current"
    keys = [
        "model",
        "version",
        "role",
        "deployed_version",
        "loaded_version",
        "loaded_at",
        "deployed_at",
        "model_type",
        "feature_set",
    ]
    yield Case(
        operation,
        "what the default model serves",
        path,
        200,
        keys=(*keys, "feature_names", "threshold", "replicas"),
    )
    yield Case(operation, "of another model", f"{path}?model=wifi", 200, keys=tuple(keys))
    yield Case(operation, "a model that is not there", f"{path}?model=none", 404, "model_not_found")
    yield Case(operation, "nothing serves", path, 503, "no_model_loaded", around=_nothing_serves)

    operation, path = "GET /serving", "/serving"
    keys = [
        f"models.{key}" for key in ("model", "deployed", "current", "generation", "converged", "replicas")
    ]
    yield Case(operation, "which processes serve what", path, 200, keys=tuple(keys))
    yield Case(operation, "of one model", f"{path}?model=wifi", 200, keys=tuple(keys))
    yield Case(operation, "a model that is not there", f"{path}?model=none", 404, "model_not_found")
    yield Case(operation, "nothing serves", path, 200, keys=tuple(keys), around=_nothing_serves)

    operation, path = "GET /serving/faults", "/serving/faults"
    keys = ["count", "results.version", "results.fault", "results.detail", "results.happened_at"]
    yield Case(operation, "newest first", path, 200, keys=tuple(keys), around=_has_failed)
    yield Case(operation, "of one kind", f"{path}?fault=crash", 200, keys=("count", "results"))
    yield Case(operation, "a kind that there is not", f"{path}?fault=none", 422, "param_invalid")

    operation, path = "POST /models/{version}/load", "/models/2.0.0/load"
    yield Case(
        operation,
        "another version on trial",
        path,
        200,
        body={"reason": "trial"},
        keys=("version", "status", "model_info"),
    )
    yield Case(operation, "without a body", path, 200, keys=("version", "status", "model_info"))
    yield Case(operation, "an inactive version", path, 422, "validation_failed", around=_deactivated)

    operation, path = "POST /models/analyze", "/models/analyze"
    yield Case(operation, "a list of records", path, 200, body=RECORDS, keys=_ANALYZED)
    yield Case(operation, "an object with `logs`", path, 200, body={"logs": RECORDS}, keys=_ANALYZED)
    yield Case(
        operation,
        "with reasons, by a named version",
        f"{path}?version=2.0.0&explain=3",
        200,
        body=RECORDS,
        keys=(*_ANALYZED, "results.analysis_result.contributions"),
    )
    yield Case(operation, "an empty list", path, 200, body=[], keys=("summary", "results", "errors"))
    yield Case(
        operation,
        "one bad record among good ones",
        path,
        200,
        body=[*RECORDS, {"message": 3}],
        keys=("errors.index", "errors.code", "errors.detail"),
    )
    yield Case(operation, "no usable record", path, 422, "record_invalid", body=[{"message": 3}])
    yield Case(operation, "no list of records", path, 422, "body_invalid", body={"records": []})
    yield Case(operation, "`explain` out of range", f"{path}?explain=33", 422, "param_invalid", body=RECORDS)
    yield Case(
        operation, "an unknown version", f"{path}?version=none", 404, "version_not_found", body=RECORDS
    )
    yield Case(operation, "an unknown model", f"{path}?model=none", 404, "model_not_found", body=RECORDS)
    yield Case(
        operation, "a label of several models", f"{path}?version=7", 409, "ambiguous_version", body=RECORDS
    )
    yield Case(
        operation, "nothing serves", path, 503, "no_model_loaded", body=RECORDS, around=_nothing_serves
    )
    yield Case(
        operation,
        "only rules are left",
        path,
        200,
        body=RECORDS,
        keys=("model.method", "model.is_rules", "model.fallback_from", "results.fallback_from"),
        around=_only_rules,
    )

    operation, path = "POST /models/predict", "/models/predict"
    keys = ("predictions", "scores", "severities", "model")
    yield Case(operation, "a row of numbers", path, 200, body={"features": [_row()]}, keys=keys)
    yield Case(
        operation,
        "with probabilities",
        path,
        200,
        body={"features": [_row()], "probabilities": True},
        keys=(*keys, "probabilities", "calibrated"),
    )
    yield Case(operation, "a row of another width", path, 422, "features_invalid", body={"features": [[1.0]]})
    yield Case(operation, "no rows", path, 422, "body_invalid", body={"rows": []})
    yield Case(
        operation,
        "nothing serves",
        path,
        503,
        "no_model_loaded",
        body={"features": [_row()]},
        around=_nothing_serves,
    )
    marked = {"features": [[faulty.RAISES, *_row()[1:]]]}
    yield Case(operation, "the version fails", path, 503, "model_failed", body=marked, around=_fails)
    row = {"features": [_row()]}
    yield Case(operation, "only rules are left", path, 503, "no_model_loaded", body=row, around=_only_rules)


def _toggling() -> Iterator[Case]:
    for verb in ("activate", "deactivate"):
        operation, path = f"POST /models/{{version}}/{verb}", f"/models/2.0.0/{verb}"
        yield Case(
            operation,
            "a version that does not serve",
            path,
            200,
            body={"reason": "review"},
            keys=("version", "is_active", "changed"),
        )
        yield Case(operation, "again", path, 200, sent=2, keys=("version", "is_active", "changed"))
        yield Case(operation, "an unknown field", path, 422, "body_invalid", body={"why": "x"})
    yield Case(
        "POST /models/{version}/deactivate",
        "the deployed version",
        "/models/1.0.0/deactivate",
        409,
        "version_in_use",
    )

    aliased = "/model-management/models/{version}/aliases/{name}"
    path = "/model-management/models/2.0.0/aliases/{}"
    keys = ("version", "alias", "changed", "aliases")
    yield Case(f"PUT {aliased}", "a free alias", path.format("night"), 200, body={}, keys=keys)
    yield Case(
        f"PUT {aliased}", "an alias that the hub sets", path.format("champion"), 422, "param_invalid", body={}
    )
    yield Case(f"DELETE {aliased}", "one that the version has", path.format("shadow"), 200, keys=keys)
    yield Case(f"DELETE {aliased}", "one that it has not", path.format("night"), 404, "version_not_found")


def _deploying() -> Iterator[Case]:
    for room in ("/models", "/model-management"):
        operation, path = f"POST {room}/{{version}}/deploy", f"{room}/2.0.0/deploy"
        yield Case(operation, "passes the gates", path, 200, body={"reason": "review passed"}, keys=_DEPLOYED)
        yield Case(operation, "again", path, 200, body={}, sent=2, keys=_DEPLOYED)
        yield Case(
            operation,
            "the same key again",
            path,
            200,
            body={},
            sent=2,
            headers={"Idempotency-Key": "k1"},
            keys=_DEPLOYED,
        )
        yield Case(
            operation,
            "a key that is none",
            path,
            422,
            "param_invalid",
            body={},
            headers={"Idempotency-Key": "k" * 256},
        )
        yield Case(
            operation, "a gate is not passed", path, 422, "validation_failed", body={}, around=_deactivated
        )
        yield Case(
            operation,
            "forced by an operator",
            path,
            403,
            "permission_denied",
            body={"force": True, "reason": "x"},
            role="operator",
        )
        yield Case(operation, "forced without a reason", path, 422, "body_invalid", body={"force": True})
        yield Case(operation, "an unknown field", path, 422, "body_invalid", body={"when": "now"})

    operation, path = "POST /model-management/{version}/rollback", "/model-management/0.9.0/rollback"
    keys = ("version", "status", "rolled_back_at", "rolled_back_from")
    yield Case(operation, "to an earlier deployed version", path, 200, body={"reason": "too loud"}, keys=keys)
    yield Case(
        operation,
        "to a version never deployed",
        "/model-management/2.0.0/rollback",
        409,
        "no_rollback_target",
    )
    yield Case(
        operation, "a reason above 2,000 characters", path, 422, "body_invalid", body={"reason": "x" * 2001}
    )

    operation = "DELETE /model-management/{version}"
    yield Case(
        operation, "a version that nothing uses", "/model-management/5.0.0", 200, keys=("version", "status")
    )
    yield Case(operation, "the deployed version", "/model-management/1.0.0", 409, "version_in_use")
    yield Case(
        operation,
        "a reason above 2,000 characters",
        f"/model-management/5.0.0?reason={'x' * 2001}",
        422,
        "param_invalid",
    )


def _validating() -> Iterator[Case]:
    base = "/model-management/1.0.0"
    operation = "POST /model-management/{version}/validate"
    yield Case(operation, "without a body", f"{base}/validate", 200, keys=_QUALITY)
    yield Case(
        operation,
        "with reference rows",
        f"{base}/validate",
        200,
        body={"reference_data": [_row()] * 3},
        keys=_QUALITY,
    )
    yield Case(
        operation,
        "rows of another width",
        f"{base}/validate",
        422,
        "features_invalid",
        body={"reference_data": [[1.0]]},
    )

    operation, path = (
        "POST /model-management/{version}/validate-compatibility",
        f"{base}/validate-compatibility",
    )
    keys = ("compatible", "missing_features", "extra_features", "order_matches", "feature_mismatch_score")
    yield Case(operation, "a list of names", path, 200, body=["message_length"], keys=keys)
    yield Case(
        operation,
        "an object with `target_features`",
        path,
        200,
        body={"target_features": ["message_length"]},
        keys=keys,
    )
    yield Case(operation, "names that are no text", path, 422, "body_invalid", body=[1])

    operation, path = "GET /model-management/{version}/validation-report", f"{base}/validation-report"
    yield Case(
        operation,
        "as JSON",
        path,
        200,
        keys=("quality", "package_structure", "metadata", "trainer_notes", "next_steps"),
    )
    yield Case(operation, "as a page", f"{path}?format=html", 200)
    yield Case(operation, "as something else", f"{path}?format=pdf", 422, "param_invalid")
