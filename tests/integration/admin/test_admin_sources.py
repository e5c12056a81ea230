"""Training sources of every kind in the admin: their form, their check, their scan, their trail."""

from collections.abc import Iterator

import pytest
from django.test import Client

from modelhub.audit.models import AuditEntry
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource, Transfer
from tests.fakes.mlflow_registry import MlflowRegistry, mlflow_registry
from tests.fakes.training_service import Mode, TrainingService, training_service
from tests.integration.admin.conftest import SignIn

SOURCES = "/admin/transfers/trainingsource/"


@pytest.fixture
def service(db: None) -> Iterator[TrainingService]:
    with training_service() as running:
        running.add("1.0.0")
        TrainingSource.objects.create(name="svc", kind=SourceKind.SERVICE, location=running.url)
        yield running


@pytest.fixture
def registry(db: None) -> Iterator[MlflowRegistry]:
    with mlflow_registry() as running:
        running.add("wifi", "1")
        running.aliases["wifi"] = {"champion": "1"}
        TrainingSource.objects.create(name="reg", kind=SourceKind.MLFLOW, location=running.url)
        yield running


def page(client: Client, name: str) -> str:
    return client.get(f"{SOURCES}{TrainingSource.objects.get().pk}/{name}/").content.decode()


def sent(**more: str) -> dict[str, str]:
    return {"name": "svc", "kind": "service", "location": "http://localhost:8001", "is_enabled": "on"} | more


@pytest.mark.parametrize("kind", ["service", "mlflow"])
def test_a_remote_source_is_added_without_calling_it(chief: Client, kind: str) -> None:
    answer = chief.post(f"{SOURCES}add/", sent(kind=kind, location="http://127.0.0.1:9"))
    assert (answer.status_code, TrainingSource.objects.get().kind) == (302, kind)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"location": "/srv/models"}, "begins with http"),
        ({"location": "http://maria:secret@train:8001"}, "no user or password"),
        ({"location": "http://169.254.169.254/"}, "never called"),
        ({"location": "http://10.0.0.1:8001"}, "PRIVATE_HOSTS"),
        ({"location": "http://train:8001/?a=b"}, "without a query"),
        ({"credential_variable": "s3cr3t"}, "not its value"),
        ({"credential_variable": "SECRET_KEY"}, "not its value"),
        (
            {"kind": "directory", "location": "/tmp", "credential_variable": "MODELHUB_SECRET_X"},
            "no credential",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "-",
)
def test_what_does_not_fit_the_kind_is_said_at_its_field(
    chief: Client, change: dict[str, str], words: str
) -> None:
    answer = chief.post(f"{SOURCES}add/", sent(**change))
    assert words in answer.content.decode()
    assert not TrainingSource.objects.exists()


def test_a_working_source_is_checked(chief: Client, service: TrainingService) -> None:
    assert "It lists 1 package." in page(chief, "check")


def test_a_source_that_fails_is_checked_with_its_reason(chief: Client, service: TrainingService) -> None:
    service.mode = Mode.FAILS
    shown = page(chief, "check")
    assert ("source_unavailable" in shown, "hunter2" in shown) == (True, False)


def test_the_check_is_for_who_may_see_sources(sign_in: SignIn, service: TrainingService) -> None:
    pk = TrainingSource.objects.get().pk
    assert sign_in("registry.view_modelversion").get(f"{SOURCES}{pk}/check/").status_code == 403


def test_an_unknown_source_has_no_check(chief: Client) -> None:
    assert chief.get(f"{SOURCES}77/check/").status_code == 404


def test_the_scan_of_a_remote_source_says_what_new_means(chief: Client, service: TrainingService) -> None:
    shown = page(chief, "scan")
    assert "tells names and times" in shown
    assert 'value="1.0.0"' in shown


def test_the_scan_of_a_registry_shows_aliases(chief: Client, registry: MlflowRegistry) -> None:
    assert "@champion" in page(chief, "scan")


def test_a_package_of_a_registry_is_imported_from_its_scan(chief: Client, registry: MlflowRegistry) -> None:
    source = TrainingSource.objects.get()
    chief.post(f"{SOURCES}{source.pk}/scan/", {"path": "wifi/1"})
    row = Transfer.objects.get()
    assert row.status == "imported"
    shown = chief.get(f"/admin/transfers/transfer/{row.pk}/change/").content.decode()
    assert "n_estimators = 8" in shown


def test_the_list_tells_an_unusable_answer_from_silence(chief: Client, service: TrainingService) -> None:
    service.mode = Mode.NOT_JSON
    page(chief, "scan")
    assert "answer not usable" in chief.get(SOURCES).content.decode()


def test_a_change_of_a_source_is_in_the_trail(chief: Client, service: TrainingService) -> None:
    source = TrainingSource.objects.get()
    chief.post(f"{SOURCES}{source.pk}/change/", sent(location="http://localhost:9001"))
    entry = AuditEntry.objects.get(action="source.change")
    assert (entry.before["location"], entry.after["location"]) == (service.url, "http://localhost:9001")


def test_a_source_that_is_made_or_removed_is_in_the_trail(chief: Client) -> None:
    chief.post(f"{SOURCES}add/", sent())
    chief.post(f"{SOURCES}{TrainingSource.objects.get().pk}/delete/", {"post": "yes"})
    actions = AuditEntry.objects.filter(action__startswith="source.").order_by("sequence")
    assert [entry.action for entry in actions] == ["source.create", "source.delete"]
