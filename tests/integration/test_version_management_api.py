"""Management rows, deleting versions and setting aliases, through HTTP to the database."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from inference.choices import JobStatus
from inference.models import BatchJob
from modelhub.audit.models import AuditEntry
from modelhub.errors import ModelhubError
from modelhub.registry import lifecycle, removal
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion
from tests.integration.conftest import ACTOR, RegisterVersion, Trained

MANAGEMENT = "/api/v1/model-management"


def told(version_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """A room above that knows something of every version."""
    return {pk: {"last_validation": {"is_valid": True}} for pk in version_ids}


@pytest.fixture
def chief(db: None) -> Client:
    """A person who may do everything."""
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.fixture
def candidate(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> ModelVersion:
    """``default:2.0.0`` beside the deployed ``default:1.0.0``."""
    return register_version(retrained, "2.0.0")


@pytest.mark.parametrize("slash", ["", "/"])
def test_management_rows_say_what_else_is_known(
    chief: Client, candidate: ModelVersion, settings: Settings, slash: str
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"VERSION_EXTRAS": [f"{__name__}.told"]}
    rows = {row["version"]: row for row in chief.get(f"{MANAGEMENT}/models{slash}").json()["results"]}
    assert rows["1.0.0"]["deployment"]["deployed_by"] == "tester"
    assert rows["2.0.0"]["deployment"] is None
    assert rows["2.0.0"]["last_validation"] == {"is_valid": True}
    assert rows["2.0.0"]["last_drift_check"] is rows["2.0.0"]["inference_totals"] is None
    assert rows["2.0.0"]["assigned_agents"] == []


def test_the_number_of_queries_does_not_grow_with_the_versions(
    chief: Client, candidate: ModelVersion
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connections["default"]) as seen:
            assert chief.get(f"{MANAGEMENT}/models").status_code == 200
        return len(seen)

    queries()
    few = queries()
    for number in range(5):
        fields = {"label": f"3.{number}", "digest": f"{number:064d}", "model_id": candidate.model_id}
        ModelVersion.objects.create(
            **fields,
            estimator="IsolationForest",
            runtime="forest",
            n_features=1,
            threshold=0.5,
            threshold_source="offset",
            offset=-0.5,
        )
    assert queries() == few


def test_one_management_row_has_everything(chief: Client, candidate: ModelVersion) -> None:
    row = chief.get(f"{MANAGEMENT}/models/1.0.0").json()
    assert {
        "deployment",
        "metadata",
        "aliases",
        "deployments",
        "transfers",
        "history",
        "reports",
    } <= row.keys()
    assert row["reports"]["validation"].endswith("/model-management/default:1.0.0/validation-report")
    assert chief.get("/api/v1/models/1.0.0/info").json() == row


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_version_is_deleted_once(chief: Client, candidate: ModelVersion, slash: str) -> None:
    answer = chief.delete(f"{MANAGEMENT}/2.0.0{slash}?reason=a%20mistake")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["version"], body["status"], body["released_blobs"]) == ("2.0.0", "deleted", 1)
    assert LifecycleEvent.objects.get(operation="delete").reason == "a mistake"
    assert AuditEntry.objects.get(action="version.delete").actor == "chief"
    again = chief.delete(f"{MANAGEMENT}/2.0.0{slash}")
    assert (again.status_code, again.json()["code"]) == (404, "version_not_found")
    assert [row["version"] for row in chief.get("/api/v1/models").json()["results"]] == ["1.0.0"]


def test_a_version_in_use_is_not_deleted(chief: Client, candidate: ModelVersion) -> None:
    answer = chief.delete(f"{MANAGEMENT}/1.0.0")
    assert (answer.status_code, answer.json()["code"]) == (409, "version_in_use")
    assert "it is deployed" in answer.json()["detail"]
    assert ModelVersion.objects.filter(label="1.0.0").exists()


def test_a_version_that_a_job_scores_with_is_not_deleted(chief: Client, candidate: ModelVersion) -> None:
    job = BatchJob.objects.create(
        name="a.log", version=candidate, actor="ada", channel="command", batch_records=9
    )
    refused = chief.delete(f"{MANAGEMENT}/2.0.0")
    assert (refused.status_code, f"job #{job.pk}" in refused.json()["detail"]) == (409, True)
    BatchJob.objects.update(status=JobStatus.DONE)
    assert chief.delete(f"{MANAGEMENT}/2.0.0").status_code == 200


@pytest.mark.parametrize(
    "word",
    ["models", "import", "import-latest", "performance", "transfer-history", "training-service"],
)
def test_fixed_words_never_reach_the_deletion_of_versions(
    chief: Client, candidate: ModelVersion, word: str
) -> None:
    for slash in ("", "/"):
        chief.delete(f"{MANAGEMENT}/{word}{slash}")
    assert ModelVersion.objects.count() == 2
    assert not AuditEntry.objects.filter(action="version.delete").exists()


def test_an_operator_may_not_delete(api: Client, candidate: ModelVersion) -> None:
    answer = api.delete(f"{MANAGEMENT}/2.0.0")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("query", ["reason=%00", "reason=" + "x" * 2001])
def test_a_reason_that_cannot_be_kept_is_refused(chief: Client, candidate: ModelVersion, query: str) -> None:
    answer = chief.delete(f"{MANAGEMENT}/2.0.0?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")
    assert ModelVersion.objects.filter(label="2.0.0").exists()


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_alias_is_set_moved_and_removed(chief: Client, candidate: ModelVersion, slash: str) -> None:
    def alias(method: str, version: str) -> Any:
        path = f"{MANAGEMENT}/models/{version}/aliases/shadow{slash}"
        return getattr(chief, method)(path, {}, content_type="application/json")

    assert alias("put", "1.0.0").json()["changed"] is True
    assert alias("put", "2.0.0").json()["moved_from"] == "1.0.0"
    assert chief.get("/api/v1/models/default@shadow/info").json()["version"] == "2.0.0"
    assert alias("delete", "1.0.0").status_code == 404
    assert alias("delete", "2.0.0").json()["aliases"] == []
    assert chief.get("/api/v1/models/default@shadow/info").status_code == 404


@pytest.mark.parametrize("name", ["champion", "previous", "%20", "a%20b", "x" * 65])
def test_an_alias_that_nobody_may_set_is_refused(chief: Client, candidate: ModelVersion, name: str) -> None:
    path = f"{MANAGEMENT}/models/2.0.0/aliases/{name}"
    answer = chief.put(path, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_of_a_deploy_and_a_deletion_at_once_one_wins_and_the_state_is_sound(
    register_version: RegisterVersion, trained: Trained, retrained: Trained, round_number: int
) -> None:
    lifecycle.deploy(register_version(trained), ACTOR)
    version = register_version(retrained, "2.0.0")
    results: dict[str, object] = {}
    start = threading.Barrier(2)

    def attempt(name: str, operate: Any) -> None:
        start.wait()
        try:
            results[name] = operate(ModelVersion.objects.get(pk=version.pk), ACTOR)
        except ModelhubError as refused:
            results[name] = refused
        except ModelVersion.DoesNotExist as gone:
            results[name] = gone
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=attempt, args=pair)
        for pair in (("deploy", lifecycle.deploy), ("delete", removal.delete))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = {name for name, result in results.items() if not isinstance(result, Exception)}
    assert len(won) == 1, results
    deployed = Deployment.objects.open().get().version.label
    assert deployed == ("2.0.0" if won == {"deploy"} else "1.0.0")
    assert ModelVersion.objects.filter(label="2.0.0").exists() == (won == {"deploy"})
