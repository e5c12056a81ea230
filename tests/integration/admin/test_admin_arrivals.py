"""Training sources, scans, imports and uploads through the admin."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.registry.models import ModelVersion
from modelhub.transfers import costs
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.integration.admin.conftest import SignIn

UPLOAD = "/admin/transfers/transfer/add/"
SOURCES = "/admin/transfers/trainingsource/"


@pytest.fixture
def source(db: None, tmp_path: Path) -> TrainingSource:
    """A directory with a good package and a broken one."""
    packages.write_folder(tmp_path / "lab" / "good", packages.service_members("1.0.0"))
    packages.write_folder(
        tmp_path / "lab" / "broken", packages.service_members("9") | {"metadata.json": b"{"}
    )
    return TrainingSource.objects.create(name="lab", location=str(tmp_path / "lab"))


def scan_page(source: TrainingSource) -> str:
    return reverse("admin:transfers_trainingsource_scan", args=[source.pk])


def upload(client: Client, content: bytes, **more: str) -> object:
    return client.post(UPLOAD, {"file": SimpleUploadedFile("package.zip", content), **more})


def test_a_source_is_added_with_a_directory_that_exists(chief: Client, tmp_path: Path) -> None:
    answer = chief.post(
        f"{SOURCES}add/", {"name": "lab", "kind": "directory", "location": str(tmp_path), "is_enabled": "on"}
    )
    assert answer.status_code == 302
    assert TrainingSource.objects.get().location == str(tmp_path)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("relative/path", "absolute path"),
        ("/nowhere/at/all", "no such directory"),
        ("/etc/passwd", "no such directory"),
    ],
)
def test_a_location_that_cannot_be_read_is_said_at_its_field(
    chief: Client, location: str, words: str
) -> None:
    page = chief.post(f"{SOURCES}add/", {"name": "lab", "kind": "directory", "location": location})
    assert words in page.content.decode()
    assert not TrainingSource.objects.exists()


def test_a_scan_shows_what_is_new_and_what_is_not_importable_and_why(
    chief: Client, source: TrainingSource
) -> None:
    page = chief.get(scan_page(source)).content.decode()
    assert page.count('<form method="post">') == 1
    assert ">new<" in page
    assert ">not importable<" in page
    assert "metadata_invalid" in page or "json_invalid" in page


def test_importing_from_a_scan_makes_a_version_and_says_so(chief: Client, source: TrainingSource) -> None:
    page = chief.post(scan_page(source), {"path": "good"}, follow=True).content.decode()
    assert "default:1.0.0 was imported" in page
    assert ">imported<" in page
    transfer = Transfer.objects.get()
    assert (transfer.status, transfer.actor, transfer.channel) == (TransferStatus.IMPORTED, "chief", "admin")


def test_a_refused_import_is_said_with_its_reason(chief: Client, source: TrainingSource) -> None:
    page = chief.post(scan_page(source), {"path": "../../etc"}, follow=True).content.decode()
    assert "was not imported" in page
    assert not ModelVersion.objects.exists()


def test_a_source_that_is_away_says_so(chief: Client, db: None) -> None:
    away = TrainingSource.objects.create(name="away", location="/nowhere/at/all")
    page = chief.get(scan_page(away)).content.decode()
    assert "cannot be read" in page
    assert "source_unavailable" in page


def test_importing_needs_the_permission(sign_in: SignIn, source: TrainingSource) -> None:
    viewer = sign_in("transfers.view_trainingsource", "transfers.view_transfer", "transfers.add_transfer")
    page = viewer.get(scan_page(source)).content.decode()
    assert '<button class="mh-button mh-small' not in page
    assert viewer.post(scan_page(source), {"path": "good"}).status_code == 403
    assert viewer.get(UPLOAD).status_code == 403
    assert viewer.post(UPLOAD, {"file": SimpleUploadedFile("p.zip", b"PK")}).status_code == 403
    assert not Transfer.objects.exists()


def test_scanning_needs_to_see_sources(sign_in: SignIn, source: TrainingSource) -> None:
    assert sign_in("transfers.import_package").get(scan_page(source)).status_code == 403


def test_an_uploaded_package_becomes_a_version_of_the_named_model(chief: Client) -> None:
    answer = upload(chief, packages.zipped(packages.deployment_members("3.1")), model_name="sshd")
    transfer = Transfer.objects.get()
    assert answer["Location"] == reverse("admin:transfers_transfer_change", args=[transfer.pk])  # type: ignore[index]
    assert ModelVersion.objects.get().reference == "sshd:3.1"
    assert "sshd:3.1 was imported" in chief.get(answer["Location"]).content.decode()  # type: ignore[index]


def test_the_same_package_again_changes_nothing(chief: Client) -> None:
    content = packages.zipped(packages.deployment_members("3.1"))
    upload(chief, content)
    answer = upload(chief, content)
    assert "nothing changed" in chief.get(answer["Location"]).content.decode()  # type: ignore[index]
    assert ModelVersion.objects.count() == 1


def test_a_refused_upload_shows_the_form_again_with_reason_and_transfer(chief: Client) -> None:
    answer = upload(chief, b"this is not a zip")
    page = answer.content.decode()  # type: ignore[attr-defined]
    row = Transfer.objects.get()
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert row.status == TransferStatus.REFUSED
    assert row.code in page
    assert reverse("admin:transfers_transfer_change", args=[row.pk]) in page
    assert 'enctype="multipart/form-data"' in page


def test_an_import_while_others_run_says_to_come_back(chief: Client, source: TrainingSource) -> None:
    with costs.slot(), costs.slot():
        uploaded = upload(chief, packages.zipped(packages.deployment_members()))
        page = chief.post(scan_page(source), {"path": "good"}, follow=True).content.decode()
    assert uploaded.status_code == 503  # type: ignore[attr-defined]
    for said in (uploaded.content.decode(), page):  # type: ignore[attr-defined]
        assert "imports are running in this process already" in said
    assert list(Transfer.objects.values_list("code", flat=True)) == ["import_busy", "import_busy"]


def test_a_repaired_version_is_not_called_imported(chief: Client, source: TrainingSource) -> None:
    chief.post(scan_page(source), {"path": "good"})
    store = Store(conf.store_root())
    store.remove(next(store.digests()))
    page = chief.post(scan_page(source), {"path": "good"}, follow=True).content.decode()
    assert "default:1.0.0 was damaged in the store and is whole again" in page


def test_an_upload_above_the_limit_is_refused_before_it_is_kept(chief: Client, settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"MAX_UPLOAD_BYTES": 1000}
    answer = upload(chief, b"x" * 2000)
    assert answer.status_code == 413  # type: ignore[attr-defined]
    assert "upload_too_large" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Transfer.objects.exists()


def test_an_upload_without_a_file_or_with_a_bad_name_is_said_at_the_field(chief: Client) -> None:
    assert "Choose a zip file first" in chief.post(UPLOAD, {}).content.decode()
    answer = upload(chief, b"PK", model_name="../x")
    assert "Letters, digits" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Transfer.objects.exists()


def test_a_forged_upload_is_refused(chief: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = chief.cookies
    assert upload(strict, packages.zipped(packages.deployment_members())).status_code == 403  # type: ignore[attr-defined]
    assert not Transfer.objects.exists()


def test_transfers_are_kept_as_they_were(chief: Client, db: None) -> None:
    row = Transfer.objects.create(origin="a.zip", status=TransferStatus.REFUSED, actor="maria")
    assert chief.post(reverse("admin:transfers_transfer_delete", args=[row.pk])).status_code == 403
    chief.post(reverse("admin:transfers_transfer_change", args=[row.pk]), {"status": "imported"})
    assert Transfer.objects.get().status == TransferStatus.REFUSED
