"""The trail over API, admin, commands and imports, and the ways to read it."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from modelhub.actors import Actor, Channel, placed
from modelhub.audit import trail, verification
from modelhub.audit.models import AuditEntry
from modelhub.registry.models import ModelVersion
from tests import packages
from tests.integration.conftest import RegisterVersion, Trained
from tests.unit.modelhub.artifacts.package_building import as_entries, zip_bytes

V1 = "/api/v1"
MARIA = Actor("maria", Channel.ADMIN)


def _post(api: Client, path: str, body: Any = None, **headers: str) -> Any:
    return api.post(f"{V1}{path}", body or {}, content_type="application/json", headers=headers)


@pytest.fixture
def auditor(db: None) -> Client:
    user = User.objects.create_user("auditor")
    user.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    client = Client()
    client.force_login(user)
    return client


def _read(auditor: Client, query: str = "") -> Any:
    return auditor.get(f"{V1}/audit{query}").json()


# What leaves an entry.


def test_a_deploy_over_the_api_says_who_from_where_and_what_changed(
    api: Client, register_version: RegisterVersion, trained: Trained
) -> None:
    register_version(trained)
    _post(api, "/model-management/1.0.0/deploy", {"reason": "better"}, **{"X-Request-Id": "r1"})
    entry = AuditEntry.objects.get(action="version.deploy")
    assert (entry.target, entry.channel, entry.address, entry.request_id, entry.reason) == (
        "default:1.0.0",
        "api",
        "127.0.0.1",
        "r1",
        "better",
    )
    assert (entry.before["deployed"], entry.after["deployed"]) == (None, "default:1.0.0")


@pytest.mark.parametrize(
    ("verb", "action"),
    [("load", "version.load"), ("deactivate", "version.deactivate")],
)
def test_every_verb_leaves_its_entry(
    api: Client,
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    verb: str,
    action: str,
) -> None:
    register_version(retrained, "2.0.0")
    assert _post(api, f"/models/2.0.0/{verb}").status_code == 200
    assert AuditEntry.objects.filter(action=action, target="default:2.0.0", outcome="done").count() == 1


def test_a_refused_deactivation_leaves_an_entry_that_says_why(
    api: Client, deployed_version: ModelVersion
) -> None:
    assert _post(api, "/models/1.0.0/deactivate").status_code == 409
    entry = AuditEntry.objects.get(action="version.deactivate")
    assert entry.outcome == "refused"
    assert entry.detail.startswith("version_in_use: ")


def test_a_rollback_to_a_version_never_deployed_leaves_a_refusal(
    api: Client, deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    assert _post(api, "/model-management/2.0.0/rollback").status_code == 409
    assert AuditEntry.objects.get(action="version.rollback").outcome == "refused"


def test_what_changes_nothing_leaves_no_entry(api: Client, deployed_version: ModelVersion) -> None:
    before = AuditEntry.objects.count()
    assert _post(api, "/model-management/1.0.0/deploy").json()["changed"] is False
    assert AuditEntry.objects.count() == before


def test_a_command_leaves_an_entry_with_its_place(
    register_version: RegisterVersion, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    register_version(trained)
    call_command("deploymodel", "1.0.0", "--reason", "by hand")
    entry = AuditEntry.objects.get(action="version.deploy")
    assert (entry.channel, entry.reason) == ("command", "by hand")
    assert entry.address
    assert entry.request_id


@pytest.mark.django_db
def test_every_attempt_to_import_leaves_an_entry_in_one_chain(api: Client) -> None:
    def upload(data: bytes) -> Any:
        file = SimpleUploadedFile("p.zip", data, "application/zip")
        return api.post(f"{V1}/model-management/import", {"file": file})

    good = zip_bytes(as_entries(packages.service_members()))
    assert [upload(data).status_code for data in (good, good, b"rubbish")] == [201, 200, 422]
    entries = AuditEntry.objects.filter(action="package.import").order_by("sequence")
    assert [(entry.outcome, entry.after["status"]) for entry in entries] == [
        ("done", "imported"),
        ("done", "unchanged"),
        ("refused", "refused"),
    ]
    assert entries[2].detail.startswith("package_not_zip: ")
    assert verification.verify().fault is None


# Reading it over the API.


def test_the_trail_is_read_newest_first_page_by_page(auditor: Client) -> None:
    for place in range(5):
        trail.record("a.b", str(place), MARIA)
    page = _read(auditor, "?page_size=2&action=a.b")
    assert [row["target"] for row in page["results"]] == ["4", "3"]
    trail.record("a.b", "meanwhile", MARIA)
    second = auditor.get(page["next"]).json()
    assert [row["target"] for row in second["results"]] == ["2", "1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("action=version.deploy", ["wifi:1"]),
        ("action=version", ["wifi:2", "wifi:1"]),
        ("action=vers", []),
        ("actor=maria", ["wifi:2", "wifi:1"]),
        ("target=wifi:2", ["wifi:2"]),
        ("outcome=refused", ["wifi:2"]),
        ("request_id=r2", ["wifi:2"]),
        ("action=version&since=2000-01-01T00:00:00Z", ["wifi:2", "wifi:1"]),
        ("since=2200-01-01T00:00:00 02:00", []),
        ("until=2000-01-01", []),
    ],
)
def test_the_trail_can_be_narrowed(auditor: Client, query: str, found: list[str]) -> None:
    trail.record("version.deploy", "wifi:1", MARIA)
    with placed("192.0.2.1", request_id="r2"):
        trail.record("version.load", "wifi:2", MARIA, outcome=trail.Outcome.REFUSED)
    assert [row["target"] for row in _read(auditor, f"?{query}")["results"]] == found


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "until=9999-99-99",
        "since=0001-01-01T00:00:00%2B14:00",
        "outcome=good",
        "actor=%00",
        "actor=" + "x" * 151,
        "cursor=rubbish",
        "cursor=cD1hYmM%3D",
        "cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(auditor: Client, query: str) -> None:
    answer = auditor.get(f"{V1}/audit?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


def test_reading_the_trail_needs_its_permission(api: Client, db: None) -> None:
    assert api.get(f"{V1}/audit").status_code == 403
