"""GET /metrics through Django: who may, in which format, and what it says when parts are away."""

import shutil
import subprocess

import numpy as np
import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError
from django.test import Client
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from modelhub import databases
from modelhub.accounts import roles, tokens
from modelhub.actors import Actor, Channel
from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, ModelVersion
from monitoring import alerts, drift_checks, metering
from monitoring.exposition import gathering, places
from monitoring.metering.contract import Observation
from monitoring.models import NotificationChannel
from monitoring.models.alerts import AlertKind
from tests.integration import metricscene
from tests.integration.conftest import RegisterVersion, Trained
from tests.integration.traffic import bring_profile, moved, usual
from tests.services import absent

ACTOR = Actor("maria", Channel.ADMIN)
Told = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def fresh_look() -> None:
    """No answer of an earlier test is remembered."""
    gathering.forget()


def told(api: Client) -> Told:
    """Values by sample name (``modelhub_`` left out) and label values, in the order of the labels' names."""
    gathering.forget()
    answer = api.get("/metrics")
    assert answer.status_code == 200, answer.content
    return {
        (
            sample.name.removeprefix("modelhub_"),
            *(sample.labels[name] for name in sorted(sample.labels)),
        ): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def token_of(role: str) -> str:
    user = User.objects.create(username=f"a {role}")
    user.groups.add(Group.objects.get(name=role))
    return tokens.issue(user, role, Actor("tester", Channel.COMMAND), days=1)[1]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role.name for role in roles.ROLES])
def test_whoever_may_look_may_scrape(role: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {token_of(role)}"})
    assert client.get("/metrics").status_code == (403 if role == "client" else 200)


@pytest.mark.django_db
def test_another_method_gets_a_problem_and_no_page_of_the_csrf_check() -> None:
    answer = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token_of('viewer')}"}).post(
        "/metrics"
    )
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert answer["Allow"] == "GET, HEAD"


@pytest.mark.django_db
def test_strangers_get_a_problem() -> None:
    answer = Client(headers={"Authorization": "Bearer mh_wrong"}).get("/metrics")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    answer = Client(REMOTE_ADDR="192.0.2.1").get("/metrics")
    assert answer.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_reading_is_taken(api: Client, method: str) -> None:
    answer = api.generic(method, "/metrics")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.django_db
def test_the_text_is_clean_to_promtool(api: Client, deployed_version: ModelVersion, trained: Trained) -> None:
    _everything(deployed_version, trained)
    program = shutil.which("promtool") or absent("promtool is not installed")
    page = api.get("/metrics").content
    done = subprocess.run([program, "check", "metrics"], input=page, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.django_db
def test_a_scraper_that_asks_for_it_gets_openmetrics(api: Client, deployed_version: ModelVersion) -> None:
    metering.record(_request(deployed_version))
    answer = api.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1"})
    assert answer["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name for family in openmetrics.text_string_to_metric_families(answer.content.decode())}
    assert {"modelhub_inference_requests", "modelhub_model_info"} <= families


def test_what_was_recorded_a_moment_ago_is_there(api: Client, deployed_version: ModelVersion) -> None:
    for _ in range(3):
        metering.record(_request(deployed_version))
    found = told(api)
    assert found["inference_requests_total", "python", "default", "SUCCESS", "1.0.0"] == 3
    assert found["inference_duration_seconds_count", "default", "total", "1.0.0"] == 3
    assert found["records_scored_total", "default", "anomaly", "1.0.0"] == 3


def test_a_scoring_call_and_a_refused_one_are_counted_once_each(
    api: Client, deployed_version: ModelVersion
) -> None:
    rows = [[0.5] * deployed_version.n_features]
    for body in ({"features": rows}, {"features": [["x"]]}):
        api.post("/api/v1/models/predict", body, content_type="application/json")
    api.get("/api/v1/models/analyze")
    found = told(api)
    requests = {key: value for key, value in found.items() if key[0] == "inference_requests_total" and value}
    assert requests == {
        ("inference_requests_total", "predict", "default", "SUCCESS", "1.0.0"): 1,
        ("inference_requests_total", "predict", "", "REJECTED", ""): 1,
        ("inference_requests_total", "analyze", "", "REJECTED", ""): 1,
    }
    assert found["requests_rejected_total", "analyze", "method_not_allowed"] == 1


def test_log_records_are_counted_by_format_and_reason(api: Client, deployed_version: ModelVersion) -> None:
    logs = [{"message": "sshd started"}, {"message": 7}, "nothing"]
    api.post("/api/v1/models/analyze", logs, content_type="application/json")
    found = told(api)
    assert sum(value for key, value in found.items() if key[0] == "logs_received_total") == 3
    assert sum(value for key, value in found.items() if key[0] == "logs_rejected_total") == 2


def test_rows_tell_of_deployments_drift_queues_and_alerts(
    api: Client, deployed_version: ModelVersion, trained: Trained
) -> None:
    _everything(deployed_version, trained)
    found = told(api)
    assert found["model_info", "default", "current", deployed_version.digest, "1.0.0"] == 1
    deployed_version.model.refresh_from_db()
    assert found["model_generation", "default"] == deployed_version.model.generation
    assert found["drift_detected", "default", "1.0.0"] == 1
    assert found["drift_last_check_timestamp_seconds", "default", "1.0.0"] > 1_700_000_000
    tests_made = [key for key in found if key[0] == "drift_statistic"]
    assert {key[2] for key in tests_made} >= {"message_length", "score", "anomaly_rate"}
    assert 0 <= found["drift_adjusted_p_value", "default", "anomaly_rate", "two_proportions", "1.0.0"] < 0.05
    assert found["queue_depth", "imports"] == 1
    assert found["queue_oldest_age_seconds", "imports"] >= 60
    assert found["queue_depth", "notifications"] == 1
    assert found["alerts_open", "drift"] == 1
    assert found["alerts_open", "corrupt"] == 0


def test_too_little_data_is_neither_drift_nor_none(api: Client, deployed_version: ModelVersion) -> None:
    drift_checks.check(deployed_version, ACTOR)
    found = told(api)
    assert ("drift_last_check_timestamp_seconds", "default", "1.0.0") in found
    assert ("drift_detected", "default", "1.0.0") not in found


def test_a_fallback_is_counted_with_its_reason(
    api: Client, register_version: RegisterVersion, deployed_version: ModelVersion, retrained: Trained
) -> None:
    failing = register_version(retrained, "2.0.0")
    lifecycle.deploy(failing, ACTOR, force=True, reason="to see it fail")
    failing.serving_faults.create(kind="exceptions", process="host:1:1")
    lifecycle.fall_back(failing, deployed_version, reason="It failed.")
    assert Deployment.objects.get(fallback_from=failing).version == deployed_version
    assert told(api)["fallbacks_total", "2.0.0", "default", "exceptions", "1.0.0"] == 1


def test_a_version_asked_for_by_name_is_named_beside_the_current_one(
    api: Client, register_version: RegisterVersion, deployed_version: ModelVersion, retrained: Trained
) -> None:
    other = register_version(retrained, "2.0.0")
    metering.record(_request(other))
    assert told(api)["model_info", "default", "beside", other.digest, "2.0.0"] == 1


def test_without_the_database_the_counts_are_there_and_rows_are_not(
    api: Client, deployed_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    metering.record(_request(deployed_version))
    told(api)

    def away(*_: object) -> None:
        raise DatabaseError

    # Only the look at the rows: the session of the test client's caller needs none.
    monkeypatch.setattr(databases, "within", away)
    found = told(api)
    assert found["database_up",] == 0
    assert sum(value for key, value in found.items() if key[0] == "inference_requests_total") == 1
    assert not [key for key in found if key[0] in ("model_info", "alerts_open")]


def test_names_are_kept_for_a_process_that_finds_the_database_away(
    api: Client, deployed_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    metering.record(_request(deployed_version))
    metering.flush()

    def away(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(databases, "within", away)
    assert told(api)["inference_requests_total", "python", "default", "SUCCESS", "1.0.0"] == 1


def test_without_metrics_the_page_says_so(
    api: Client, deployed_version: ModelVersion, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"METRICS": False}
    metering.record(_request(deployed_version))
    metering.rejected("predict", "throttled")
    found = told(api)
    assert found["metrics_enabled",] == 0
    assert found["model_info", "default", "current", deployed_version.digest, "1.0.0"] == 1
    assert not [key for key in found if key[0].startswith("inference_")]


def test_looks_at_the_rows_are_shared_for_a_second(
    api: Client, deployed_version: ModelVersion, django_assert_num_queries: object
) -> None:
    told(api)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert api.get("/metrics").status_code == 200


def test_two_scrapes_agree_with_the_files(
    api: Client, deployed_version: ModelVersion, settings: Settings
) -> None:
    metering.record(_request(deployed_version))
    first = told(api)
    assert first == told(api) | {key: value for key, value in first.items() if "age" in key[0]}
    assert len(places.pages(settings.MODELHUB["METERING"].with_name("exposition"))) == 1


def _request(version: ModelVersion) -> Observation:
    return Observation(version.pk, 0.002, np.array([0.9]), None, 1, severities=np.array([80.0]))


def _everything(version: ModelVersion, trained: Trained) -> None:
    """Rows behind every family that is read from rows."""
    metering.record(_request(version))
    NotificationChannel.objects.create(name="ops", kind="webhook", address="https://ops.example/hook")
    bring_profile(version, trained)
    usual(version, trained, minutes=2, until=90)
    moved(version, trained, minutes=20, column=list(version.feature_names).index("message_length"), by=30)
    drift_checks.check(version, ACTOR)
    metricscene.queue_import()
    assert alerts.open_alert(AlertKind.DRIFT, version, "again").sightings > 1
