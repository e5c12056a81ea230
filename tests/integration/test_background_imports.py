"""Imports in the background and of the newest, through HTTP: accepted at once, told of while they run."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from modelhub import conf
from modelhub.registry.models import ModelVersion
from modelhub.transfers import working
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.unit.modelhub.transfers.conftest import Told, source, told  # noqa: F401 (fixtures)
from tests.unit.modelhub.transfers.test_latest import trained

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("told")]
MANAGEMENT = "/api/v1/model-management"
ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def place(source: TrainingSource) -> Path:  # noqa: F811
    return Path(source.location)


def accepted(answer: Any) -> Transfer:
    """The queued row of a 202."""
    body = answer.json()
    assert (answer.status_code, body["status"]) == (202, "queued"), body
    assert answer["Preference-Applied"] == "respond-async"
    assert answer["Location"] == f"{MANAGEMENT}/transfer-history/{body['transfer_id']}"
    return Transfer.objects.get(pk=body["transfer_id"])


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_package_is_imported_in_the_background(api: Client, place: Path, slash: str) -> None:
    row = accepted(api.post(f"{MANAGEMENT}/import/a{slash}", headers=ASYNC))
    assert not ModelVersion.objects.exists()
    working.work(row.pk)
    body = api.get(f"{MANAGEMENT}/transfer-history/{row.pk}{slash}").json()
    assert (body["status"], body["version"], body["attempts"]) == ("imported", "1.0.0", 1)
    assert body["progress"]["percent"] == 100


def test_the_parameter_does_the_same_as_the_header(api: Client, place: Path) -> None:
    row = accepted(api.post(f"{MANAGEMENT}/import/a?background=true&validate=false&model=sshd"))
    assert (row.model_name, row.wants_validation) == ("sshd", False)


def test_an_upload_waits_on_the_disk(api: Client) -> None:
    file = SimpleUploadedFile("p.zip", packages.zipped(packages.deployment_members()))
    row = accepted(api.post(f"{MANAGEMENT}/import", {"file": file}, headers=ASYNC))
    assert (conf.staging_root() / row.upload).is_file()
    assert working.work(row.pk) == TransferStatus.IMPORTED


def test_a_bad_package_is_accepted_and_its_code_stands_on_the_row(api: Client, place: Path) -> None:
    row = accepted(api.post(f"{MANAGEMENT}/import/../../etc/passwd", headers=ASYNC))
    working.work(row.pk)
    body = api.get(f"{MANAGEMENT}/transfer-history/{row.pk}").json()
    assert (body["status"], body["error"]["code"]) == ("refused", "path_invalid")


@pytest.mark.parametrize("query", ["?background=maybe", "?background=true&model=a%20b"])
def test_what_is_wrong_with_the_request_is_said_at_once(api: Client, place: Path, query: str) -> None:
    answer = api.post(f"{MANAGEMENT}/import/a{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")
    assert not Transfer.objects.exists()


def test_an_unknown_source_is_404_before_anything_is_queued(api: Client, place: Path) -> None:
    for path in ("import/a", "import-latest"):
        assert api.post(f"{MANAGEMENT}/{path}?source=nowhere", headers=ASYNC).status_code == 404
    assert not Transfer.objects.exists()


def test_a_broker_that_is_away_is_no_error(
    api: Client,
    place: Path,
    told: Told,  # noqa: F811
    django_capture_on_commit_callbacks: Any,
) -> None:
    told.is_away = True
    with django_capture_on_commit_callbacks(execute=True):
        accepted(api.post(f"{MANAGEMENT}/import/a", headers=ASYNC))


# Cancelling.


def test_a_waiting_import_is_cancelled(api: Client, place: Path) -> None:
    row = accepted(api.post(f"{MANAGEMENT}/import/a", headers=ASYNC))
    answer = api.post(f"{MANAGEMENT}/transfer-history/{row.pk}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    again = api.post(f"{MANAGEMENT}/transfer-history/{row.pk}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "transfer_not_queued")


@pytest.mark.parametrize("number", ["0", "x", "-1", "1" * 30, "%00", "١"])
def test_an_unknown_transfer_is_404(api: Client, number: str) -> None:
    for answer in (
        api.get(f"{MANAGEMENT}/transfer-history/{number}"),
        api.post(f"{MANAGEMENT}/transfer-history/{number}/cancel"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "transfer_not_found")


# The newest.


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_newest_is_imported_and_then_nothing_is_new(api: Client, place: Path, slash: str) -> None:
    first, second = (api.post(f"{MANAGEMENT}/import-latest{slash}") for _ in range(2))
    assert (first.status_code, first.json()["version"]["version"]) == (201, "1.0.0")
    assert first.json()["transfer"]["source"] == "lab"
    body = second.json()
    assert (second.status_code, body["status"]) == (200, "up_to_date")
    assert body["looked_at"] == [
        {"source": "lab", "packages": 1, "new": 0, "imported": 1, "not_importable": 0, "problem": None}
    ]


def test_a_refused_newest_is_a_422_once_and_passed_over_then(api: Client, place: Path) -> None:
    (trained(place, "2", 30, seed=2) / "model.joblib").write_bytes(b"no pickle at all")
    first = api.post(f"{MANAGEMENT}/import-latest")
    assert (first.status_code, first.json()["code"]) == (422, "pickle_corrupt")
    assert Transfer.objects.get(pk=first.json()["transfer_id"]).status == TransferStatus.REFUSED
    assert api.post(f"{MANAGEMENT}/import-latest").json()["version"]["version"] == "1.0.0"


def test_no_source_that_answers_is_503(api: Client, source: TrainingSource) -> None:  # noqa: F811
    TrainingSource.objects.update(location="/nowhere/at/all")
    answer = api.post(f"{MANAGEMENT}/import-latest")
    assert (answer.status_code, answer.json()["code"]) == (503, "source_unavailable")
    assert answer["Retry-After"]


def test_the_newest_in_the_background(api: Client, place: Path) -> None:
    row = accepted(api.post(f"{MANAGEMENT}/import-latest?background=true"))
    assert working.work(row.pk) == TransferStatus.IMPORTED
    assert api.get(f"{MANAGEMENT}/transfer-history/{row.pk}").json()["original_path"] == "a"
