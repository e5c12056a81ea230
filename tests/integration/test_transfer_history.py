"""The history of transfers: narrowed, ordered, and cleared through its own address."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from modelhub.audit.models import AuditEntry
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer

pytestmark = pytest.mark.django_db
HISTORY = "/api/v1/model-management/transfer-history"


def row(origin: str, *, days_ago: float = 0, **fields: Any) -> Transfer:
    moment = timezone.now() - timedelta(days=days_ago)
    known = {"origin": origin, "actor": "maria", "status": TransferStatus.REFUSED}
    return Transfer.objects.create(**known | {"started_at": moment, "finished_at": moment} | fields)


@pytest.fixture
def rows() -> None:
    lab = TrainingSource.objects.create(name="lab", location="/lab")
    row("models/a", source=lab, label="1.0", model_name="sshd", duration_s=3.0)
    row("models/b", source=lab, label="2.0", code="hash_mismatch", duration_s=1.0)
    row("upload.zip", label="1.0", model_name="wifi", status=TransferStatus.FAILED, detail="Disk full")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["upload.zip", "models/b", "models/a"]),
        ("?status=failed", ["upload.zip"]),
        ("?source=lab", ["models/b", "models/a"]),
        ("?source=nowhere", []),
        ("?version=1.0", ["upload.zip", "models/a"]),
        ("?version=sshd:1.0", ["models/a"]),
        ("?search=DISK", ["upload.zip"]),
        ("?search=hash", ["models/b"]),
        ("?search=%25", []),
        ("?ordering=transfer_id", ["models/a", "models/b", "upload.zip"]),
        ("?ordering=-duration", ["models/a", "models/b", "upload.zip"]),
        ("?ordering=duration", ["models/b", "models/a", "upload.zip"]),
        ("?page_size=1&page=2", ["models/b"]),
    ],
)
@pytest.mark.usefixtures("rows")
def test_every_parameter_narrows_or_orders(api: Client, query: str, expected: list[str]) -> None:
    body = api.get(f"{HISTORY}{query}").json()
    assert [one["original_path"] for one in body["results"]] == expected


@pytest.mark.parametrize(
    "query", ["?status=x", "?ordering=actor", "?search=%00", f"?source={'x' * 65}", f"?version={'1' * 300}"]
)
def test_a_parameter_that_makes_no_sense_is_named(api: Client, query: str) -> None:
    answer = api.get(f"{HISTORY}{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


@pytest.mark.parametrize("slash", ["", "/"])
def test_clearing_reaches_its_own_handler(api: Client, slash: str) -> None:
    row("old", days_ago=31)
    row("young", days_ago=29)
    waiting = row("waiting", days_ago=400, status=TransferStatus.QUEUED, finished_at=None)
    answer = api.delete(f"{HISTORY}{slash}")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "cleared",
        "deleted": 1,
        "kept": 2,
        "message": "1 attempt older than 30 days was deleted, 2 are kept.",
    }
    assert Transfer.objects.filter(pk=waiting.pk).exists()
    assert AuditEntry.objects.get().action == "transfers.cleanup"


@pytest.mark.parametrize(
    "days", ["-1", "x", "1.5", "9" * 40, "36501", "", "0", "0&confirm=false", "0&confirm=x"]
)
def test_days_that_make_no_sense_delete_nothing(api: Client, days: str) -> None:
    row("old", days_ago=400)
    answer = api.delete(f"{HISTORY}?days_to_keep={days}")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")
    assert Transfer.objects.count() == 1


def test_no_days_are_kept_when_that_is_confirmed(api: Client) -> None:
    row("just now")
    assert api.delete(f"{HISTORY}?days_to_keep=0&confirm=true").json()["kept"] == 0


def test_clearing_needs_its_own_permission(client: Client) -> None:
    row("old", days_ago=400)
    user = User.objects.create_user("viewer")
    user.user_permissions.add(Permission.objects.get(codename="view_transfer"))
    client.force_login(user)
    assert client.get(HISTORY).status_code == 200
    assert client.delete(HISTORY).status_code == 403
    assert Transfer.objects.exists()
