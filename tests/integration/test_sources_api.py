"""Remote training sources through HTTP: what is scanned, imported and checked, and every stated failure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from modelhub.registry.models import ModelVersion
from modelhub.transfers import costs
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource, Transfer
from modelhub.transfers.sources import catalog
from tests import packages
from tests.fakes.mlflow_registry import MlflowRegistry, logged, mlflow_registry, mlmodel
from tests.fakes.training_service import METADATA_ADDRESS, Mode, TrainingService, training_service

pytestmark = pytest.mark.django_db
BASE = "/api/v1/model-management"
IMPORT, MODELS, CONNECTION = (
    f"{BASE}/{name}" for name in ("import", "training-service/models", "training-service/connection")
)
VERSION = "20261122_210422"

AWAY = (503, "source_unavailable")
UNUSABLE = (502, "source_invalid")
# What each bad service is answered with; the slow ones cost a second each.
STATED = {
    Mode.SILENT: AWAY,
    Mode.DRIPS_HEADERS: AWAY,
    Mode.DRIPS_BODY: AWAY,
    Mode.FAILS: AWAY,
    Mode.REDIRECTS: UNUSABLE,
    Mode.OVERSIZED: UNUSABLE,
    Mode.ENDLESS: UNUSABLE,
    Mode.NOT_JSON: UNUSABLE,
    Mode.WRONG_JSON: UNUSABLE,
    Mode.CUT_SHORT: UNUSABLE,
    Mode.COMPRESSED: UNUSABLE,
}


@pytest.fixture
def impatient(settings: Settings) -> None:
    """One operation on a source may take a second, so that the slow ones do not hold the tests."""
    settings.MODELHUB = settings.MODELHUB | {"SOURCE_SECONDS": 1}


@pytest.fixture
def service() -> Iterator[TrainingService]:
    with training_service() as running:
        running.add(VERSION)
        TrainingSource.objects.create(name="svc", kind=SourceKind.SERVICE, location=running.url)
        yield running


@pytest.fixture
def registry() -> Iterator[MlflowRegistry]:
    with mlflow_registry() as running:
        TrainingSource.objects.create(name="reg", kind=SourceKind.MLFLOW, location=running.url)
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory source named ``lab`` with one good package."""
    packages.write_folder(tmp_path / "lab" / "good", packages.service_members("7.0.0", seed=7))
    TrainingSource.objects.create(name="lab", location=str(tmp_path / "lab"))
    return tmp_path / "lab"


def problem(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    for secret in ("hunter2", "Traceback", "script", METADATA_ADDRESS):
        assert secret not in answer.content.decode()
    return answer.status_code, body["code"]


def listed(api: Client, source: str) -> dict[str, Any]:
    return {row["path"]: row for row in api.get(f"{MODELS}?source={source}").json()}


# A training service that works.


def test_a_service_is_scanned(api: Client, service: TrainingService) -> None:
    row = listed(api, "svc")[VERSION]
    assert (row["version"], row["model_type"], row["imported"], row["importable"]) == (
        VERSION,
        "isolation_forest",
        False,
        True,
    )
    assert row["created_at"] == "2026-11-22T21:04:22.267044Z"


def test_a_package_of_a_service_is_built_fetched_and_imported(api: Client, service: TrainingService) -> None:
    answer = api.post(f"{IMPORT}/{VERSION}?source=svc")
    assert (answer.status_code, answer.json()["version"]["version"]) == (201, VERSION)
    assert [line for line in service.requests if line.startswith("POST")] == [
        f"POST /api/models/{VERSION}/deploy?deployed_by=modelhub"
    ]


def test_a_package_that_was_built_is_not_built_again(api: Client, service: TrainingService) -> None:
    service.models[VERSION].deployed = True
    assert api.post(f"{IMPORT}/{VERSION}?source=svc").status_code == 201
    assert not [line for line in service.requests if line.startswith("POST")]


def test_a_source_that_may_not_ask_says_what_to_do(api: Client, service: TrainingService) -> None:
    TrainingSource.objects.update(may_deploy=False)
    answer = api.post(f"{IMPORT}/{VERSION}?source=svc")
    assert problem(answer) == (404, "package_not_found")
    assert "Deploy it there" in answer.json()["detail"]
    assert not [line for line in service.requests if line.startswith("POST")]


def test_the_fallback_list_is_read_where_the_first_is_missing(api: Client, service: TrainingService) -> None:
    service.has_models_route = False
    assert list(listed(api, "svc")) == [VERSION]


@pytest.mark.parametrize("ending", ["", "/", "/api", "/api/"])
def test_the_prefix_of_the_service_is_tolerated_or_added(
    api: Client, service: TrainingService, ending: str
) -> None:
    TrainingSource.objects.update(location=service.url + ending)
    assert list(listed(api, "svc")) == [VERSION]


def test_the_newest_is_first_by_time_of_creation(api: Client, service: TrainingService) -> None:
    service.add("a", seed=1)
    service.models["a"].created_at = "2027-01-01T00:00:00"
    assert list(listed(api, "svc")) == ["a", VERSION]


def test_broken_routes_are_never_asked(api: Client, service: TrainingService) -> None:
    listed(api, "svc")
    api.post(f"{IMPORT}/{VERSION}?source=svc")
    api.get(CONNECTION)
    broken = ("latest", "deployed?", "stats", "predict", "status")
    assert not [line for line in service.requests if any(word in line for word in broken)]


@pytest.mark.parametrize("word", ["latest", "deployed", "stats"])
def test_a_word_of_the_service_is_no_version(api: Client, service: TrainingService, word: str) -> None:
    assert problem(api.post(f"{IMPORT}/{word}?source=svc")) == (404, "package_not_found")


def test_an_imported_version_is_known_in_the_next_scan(api: Client, service: TrainingService) -> None:
    api.post(f"{IMPORT}/{VERSION}?source=svc")
    row = listed(api, "svc")[VERSION]
    assert (row["imported"], row["imported_as"]) == (True, f"default:{VERSION}")


def test_a_version_made_anew_under_its_name_is_new(api: Client, service: TrainingService) -> None:
    api.post(f"{IMPORT}/{VERSION}?source=svc")
    service.models[VERSION].created_at = "2027-01-01T00:00:00"
    row = listed(api, "svc")[VERSION]
    assert (row["imported"], row["importable"]) == (False, True)


def test_content_that_came_another_way_is_recognised_once_fetched(
    api: Client, service: TrainingService, tmp_path: Path
) -> None:
    packages.write_folder(tmp_path / "lab" / VERSION, packages.service_members(VERSION))
    TrainingSource.objects.create(name="lab", location=str(tmp_path / "lab"))
    api.post(f"{IMPORT}/{VERSION}?source=lab")
    answer = api.post(f"{IMPORT}/{VERSION}?source=svc")
    assert (answer.status_code, answer.json()["already_imported"]) == (200, True)
    assert listed(api, "svc")[VERSION]["imported"] is True


def test_a_refused_package_is_not_importable_in_the_next_scan(api: Client, service: TrainingService) -> None:
    service.models[VERSION].members = packages.deployment_members(VERSION) | {"metadata.json": b"{"}
    api.post(f"{IMPORT}/{VERSION}?source=svc")
    row = listed(api, "svc")[VERSION]
    assert (row["importable"], row["problem"]["code"]) == (False, "metadata_invalid")


def test_a_broken_zip_is_not_fetched_again_by_itself(api: Client, service: TrainingService) -> None:
    service.mode = Mode.BROKEN_ZIP
    api.post(f"{IMPORT}/{VERSION}?source=svc")
    assert listed(api, "svc")[VERSION]["importable"] is False


@pytest.mark.parametrize("mode", [Mode.CUT_ZIP, Mode.OVERSIZED_ZIP], ids=str)
def test_a_lying_download_is_the_services_fault_and_leaves_its_package_importable(
    api: Client, service: TrainingService, mode: Mode
) -> None:
    service.mode = mode
    assert problem(api.post(f"{IMPORT}/{VERSION}?source=svc")) == UNUSABLE
    service.mode = Mode.GOOD
    row = listed(api, "svc")[VERSION]
    assert (row["importable"], row["problem"]["code"]) == (True, "source_invalid")


def test_a_label_taken_by_other_content_is_known_after_the_first_try(
    api: Client, service: TrainingService, tmp_path: Path
) -> None:
    packages.write_folder(tmp_path / "lab" / VERSION, packages.service_members(VERSION, seed=5))
    TrainingSource.objects.create(name="lab", location=str(tmp_path / "lab"))
    api.post(f"{IMPORT}/{VERSION}?source=lab")
    assert listed(api, "svc")[VERSION]["importable"] is True
    assert problem(api.post(f"{IMPORT}/{VERSION}?source=svc")) == (409, "version_conflict")
    assert listed(api, "svc")[VERSION]["problem"]["code"] == "version_conflict"


def test_without_a_source_the_one_that_holds_the_path_is_found(
    api: Client, folder: Path, service: TrainingService
) -> None:
    assert api.post(f"{IMPORT}/{VERSION}").json()["transfer"]["source"] == "svc"


def test_without_a_source_one_that_cannot_tell_is_named(
    api: Client, folder: Path, service: TrainingService
) -> None:
    service.mode = Mode.FAILS
    assert problem(api.post(f"{IMPORT}/{VERSION}")) == AWAY


# Signing in.


def test_a_credential_is_sent_from_the_environment(
    api: Client, service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.token = "Bearer s3cr3t"
    monkeypatch.setenv("MODELHUB_SECRET_SVC", "s3cr3t")
    TrainingSource.objects.update(credential_variable="MODELHUB_SECRET_SVC")
    assert list(listed(api, "svc")) == [VERSION]


def test_a_wrong_credential_is_said_without_its_value(
    api: Client, service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.token = "Bearer right"
    monkeypatch.setenv("MODELHUB_SECRET_SVC", "wr0ng")
    TrainingSource.objects.update(credential_variable="MODELHUB_SECRET_SVC")
    answer = api.get(f"{MODELS}?source=svc")
    assert problem(answer) == UNUSABLE
    assert ("MODELHUB_SECRET_SVC" in answer.json()["detail"], "wr0ng" in answer.content.decode()) == (
        True,
        False,
    )


# Training services that do not work: the stated answers.


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("mode", "stated"), STATED.items(), ids=lambda value: str(value))
def test_an_import_from_a_bad_service(
    api: Client, service: TrainingService, mode: Mode, stated: tuple[int, str]
) -> None:
    service.mode = mode
    answer = api.post(f"{IMPORT}/{VERSION}?source=svc")
    assert problem(answer) == stated
    row = Transfer.objects.get(pk=answer.json()["transfer_id"])
    assert (row.status, row.code) == ("failed", stated[1])
    assert not ModelVersion.objects.exists()


def test_a_service_that_is_away_says_when_to_come_back(api: Client, service: TrainingService) -> None:
    service.mode = Mode.FAILS
    assert int(api.post(f"{IMPORT}/{VERSION}?source=svc")["Retry-After"]) > 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("mode", "stated"), STATED.items(), ids=lambda value: str(value))
def test_a_scan_of_a_bad_service_hides_no_other(
    api: Client, folder: Path, service: TrainingService, mode: Mode, stated: tuple[int, str]
) -> None:
    service.mode = mode
    assert [row["path"] for row in api.get(MODELS).json()] == ["good"]
    assert TrainingSource.objects.get(name="svc").scan_summary["problem"]["code"] == stated[1]


def test_a_scan_of_one_bad_service_is_its_problem(api: Client, service: TrainingService) -> None:
    service.mode = Mode.NOT_JSON
    assert problem(api.get(f"{MODELS}?source=svc")) == UNUSABLE


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("mode", "stated"), STATED.items(), ids=lambda value: str(value))
def test_the_connection_of_a_bad_service_is_a_200_that_says_why(
    api: Client, folder: Path, service: TrainingService, mode: Mode, stated: tuple[int, str]
) -> None:
    service.mode = mode
    answer = api.get(CONNECTION)
    body = answer.json()
    assert (answer.status_code, body["connected"], body["error"]["code"]) == (200, False, stated[1])
    assert {one["source"]: one["connected"] for one in body["sources"]} == {"lab": True, "svc": False}


def test_a_service_that_is_down(api: Client) -> None:
    TrainingSource.objects.create(name="svc", kind=SourceKind.SERVICE, location="http://127.0.0.1:9")
    assert problem(api.post(f"{IMPORT}/{VERSION}?source=svc")) == AWAY
    body = api.get(CONNECTION).json()
    assert (body["connected"], body["path_exists"], body["models_found"]) == (False, False, 0)


def test_a_broken_zip_is_refused_and_not_the_services_fault(api: Client, service: TrainingService) -> None:
    service.mode = Mode.BROKEN_ZIP
    status, code = problem(api.post(f"{IMPORT}/{VERSION}?source=svc"))
    assert (status, code) in {(422, "package_not_zip"), (422, "package_corrupt")}


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "http://10.1.2.3:8001", "http://0.0.0.0/", "http://[fe80::1]/"]
)
def test_an_address_that_may_not_be_called_is_not_called(api: Client, location: str) -> None:
    TrainingSource.objects.create(name="svc", kind=SourceKind.SERVICE, location=location)
    assert problem(api.post(f"{IMPORT}/{VERSION}?source=svc")) == (422, "address_refused")
    assert api.get(CONNECTION).json()["error"]["code"] == "address_refused"


# The connection endpoint where all is well.


def test_the_connection_counts_and_times_every_source(
    api: Client, folder: Path, service: TrainingService
) -> None:
    body = api.get(f"{CONNECTION}/").json()
    assert (body["connected"], body["path_exists"], body["models_found"], body["error"]) == (
        True,
        True,
        2,
        None,
    )
    assert body["latency"] == max(one["latency"] for one in body["sources"])


def test_the_connection_of_one_source(api: Client, folder: Path, service: TrainingService) -> None:
    service.mode = Mode.FAILS
    assert api.get(f"{CONNECTION}?source=lab").json()["connected"] is True


def test_no_source_is_no_connection(api: Client) -> None:
    answer = api.get(CONNECTION)
    assert (answer.status_code, answer.json()["connected"], answer.json()["sources"]) == (200, False, [])


def test_an_unknown_source_has_no_connection(api: Client) -> None:
    assert problem(api.get(f"{CONNECTION}?source=nope")) == (404, "not_found")


# An MLflow registry.


def test_a_registry_is_scanned_over_its_pages(api: Client, registry: MlflowRegistry) -> None:
    for number in "12345":
        registry.add("wifi", number)
    registry.add("sshd", "1", status="PENDING_REGISTRATION")
    found = listed(api, "reg")
    assert set(found) == {f"wifi/{number}" for number in "12345"} | {"sshd/1"}
    assert found["sshd/1"]["problem"]["code"] == "model_not_ready"


@pytest.mark.parametrize("serialization", ["cloudpickle", "skops"])
def test_a_logged_pipeline_becomes_a_version(
    api: Client, registry: MlflowRegistry, serialization: str
) -> None:
    registry.add("wifi", "3", files=logged(serialization=serialization))
    answer = api.post(f"{IMPORT}/wifi/3?source=reg")
    body = answer.json()
    assert (answer.status_code, body["version"]["version"]) == (201, "wifi-3")
    version = ModelVersion.objects.get()
    assert (version.estimator, version.feature_names) == ("IsolationForest", packages.NAMES)


def test_its_lineage_is_kept_with_the_transfer(api: Client, registry: MlflowRegistry) -> None:
    registry.add("wifi", "1")
    registry.aliases["wifi"] = {"champion": "1", "old": "9"}
    api.post(f"{IMPORT}/wifi/1?source=reg")
    kept = Transfer.objects.get().lineage
    assert kept["aliases"] == ["champion"]
    assert kept["parameters"] == {"n_estimators": "8"}
    assert kept["metrics"] == {"score_mean": "0.4"}
    assert (kept["run_id"], kept["user"], kept["tags"]) == ("r1", "maria", {"team": "net"})


def test_the_same_version_is_not_imported_twice(api: Client, registry: MlflowRegistry) -> None:
    registry.add("wifi", "1")
    api.post(f"{IMPORT}/wifi/1?source=reg")
    assert listed(api, "reg")["wifi/1"]["imported"] is True
    assert api.post(f"{IMPORT}/wifi/1?source=reg").json()["already_imported"] is True


def test_a_name_that_cannot_stand_in_a_path_is_found_by_its_spelling_there(
    api: Client, registry: MlflowRegistry
) -> None:
    registry.add("Wifi anomalies (lab)", "1")
    assert list(listed(api, "reg")) == ["Wifi-anomalies-lab/1"]
    assert catalog.holding("Wifi-anomalies-lab/1").name == "reg"
    assert problem(api.post(f"{IMPORT}/Wifi-anomalies-lab/2?source=reg")) == (404, "package_not_found")


def test_a_version_that_is_not_ready_is_not_imported(api: Client, registry: MlflowRegistry) -> None:
    registry.add("wifi", "1", status="FAILED_REGISTRATION")
    assert problem(api.post(f"{IMPORT}/wifi/1?source=reg")) == (404, "package_not_found")


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("s3://bucket/model", "format_unsupported"),
        ("file:///etc", "format_unsupported"),
        ("/etc", "format_unsupported"),
        ("http://169.254.169.254/x", "format_unsupported"),
        ("mlflow-artifacts:/../../etc", "package_bad_name"),
        ("mlflow-artifacts:/a/%2e%2e/b", "format_unsupported"),
        ("mlflow-artifacts:/a?b=../c", "format_unsupported"),
        ("mlflow-artifacts:/a#/../c", "format_unsupported"),
        ("mlflow-artifacts:/a\\..\\b", "format_unsupported"),
    ],
)
def test_a_place_outside_the_registrys_own_storage_is_never_followed(
    api: Client, registry: MlflowRegistry, uri: str, code: str
) -> None:
    registry.add("wifi", "1", uri=uri)
    assert problem(api.post(f"{IMPORT}/wifi/1?source=reg")) == (422, code)
    assert not [path for path in registry.requests if "artifacts/artifacts" in path]


@pytest.mark.parametrize("uri", ["runs:/r1/model", "models:/m-0123"])
def test_other_schemes_fall_back_to_the_registrys_own_file_route(
    registry: MlflowRegistry, uri: str, tmp_path: Path
) -> None:
    registry.add("wifi", "1", uri=uri)
    source = catalog.open_source(catalog.named("reg"))
    staged = source.stage("wifi/1", tmp_path / "into", limits=costs.package_limits())
    assert "model.joblib" in staged.files


@pytest.mark.parametrize(
    "name", ["../../secret", "/etc/passwd", "a/../b", "C:\\model", "model.pkl?x", "..", ""]
)
def test_a_model_file_outside_its_folder_is_never_fetched(
    api: Client, registry: MlflowRegistry, name: str
) -> None:
    registry.add("wifi", "1", files={"MLmodel": mlmodel(name)})
    status, code = problem(api.post(f"{IMPORT}/wifi/1?source=reg"))
    assert (status, code) in {(422, "package_bad_name"), (422, "metadata_invalid")}


def test_a_server_that_serves_no_artifacts_says_what_to_do(api: Client, registry: MlflowRegistry) -> None:
    registry.add("wifi", "1")
    registry.serves_artifacts = False
    answer = api.post(f"{IMPORT}/wifi/1?source=reg")
    assert problem(answer) == (422, "package_missing_file")
    assert "--serve-artifacts" in answer.json()["detail"]
