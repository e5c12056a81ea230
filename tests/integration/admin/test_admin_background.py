"""Waiting imports, the newest package, the clearing of history and the schedules, through the admin."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from modelhub import broker, schedules
from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.registry.models import ModelVersion
from modelhub.transfers import queue, working
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.integration.admin.conftest import SignIn
from tests.unit.modelhub.transfers.conftest import Told, source, told  # noqa: F401 (fixtures)

pytestmark = pytest.mark.usefixtures("told")
ACTOR = Actor("maria", Channel.ADMIN)
LATEST = "/admin/transfers/transfer/latest/"
CLEANUP = "/admin/transfers/transfer/cleanup/"


def page_of(row: Transfer) -> str:
    return reverse("admin:transfers_transfer_change", args=[row.pk])


def test_an_import_is_queued_from_the_scan_page(chief: Client, source: TrainingSource) -> None:  # noqa: F811
    scan = reverse("admin:transfers_trainingsource_scan", args=[source.pk])
    answer = chief.post(scan, {"path": "a", "background": "1"})
    row = Transfer.objects.get()
    assert (answer["Location"], row.status) == (page_of(row), TransferStatus.QUEUED)


def test_an_upload_is_queued(chief: Client) -> None:
    file = SimpleUploadedFile("p.zip", packages.zipped(packages.deployment_members()))
    chief.post("/admin/transfers/transfer/add/", {"file": file, "background": "1"})
    assert working.work(Transfer.objects.get().pk) == TransferStatus.IMPORTED


def test_a_waiting_import_says_so_looks_again_and_can_be_cancelled(
    chief: Client,
    source: TrainingSource,  # noqa: F811
) -> None:
    row = queue.enqueue_package(source, "a", ACTOR)
    page = chief.get(page_of(row)).content.decode()
    assert "Waiting for a worker." in page
    assert '<meta http-equiv="refresh"' in page
    cancelled = chief.post(reverse("admin:transfers_transfer_cancel", args=[row.pk]), follow=True)
    assert "was cancelled before it began" in cancelled.content.decode()
    assert '<meta http-equiv="refresh"' not in cancelled.content.decode()
    again = chief.post(reverse("admin:transfers_transfer_cancel", args=[row.pk]), follow=True)
    assert "only a waiting one can be cancelled" in again.content.decode()


def test_a_running_import_shows_its_step(chief: Client, source: TrainingSource) -> None:  # noqa: F811
    row = queue.enqueue_package(source, "a", ACTOR)
    Transfer.objects.update(status=TransferStatus.RUNNING, step="quarantine", attempts=1)
    assert "Step 4 of 8: quarantine." in chief.get(page_of(row)).content.decode()
    assert "38 %" in chief.get(reverse("admin:transfers_transfer_changelist")).content.decode()


def test_cancelling_needs_the_permission_to_import(
    sign_in: SignIn,
    source: TrainingSource,  # noqa: F811
) -> None:
    row = queue.enqueue_package(source, "a", ACTOR)
    viewer = sign_in("transfers.view_transfer")
    assert "Cancel this import" not in viewer.get(page_of(row)).content.decode()
    assert viewer.post(reverse("admin:transfers_transfer_cancel", args=[row.pk])).status_code == 403


def test_the_newest_is_imported_and_then_the_sources_are_up_to_date(
    chief: Client,
    source: TrainingSource,  # noqa: F811
) -> None:
    assert "All enabled sources" in chief.get(LATEST).content.decode()
    assert "was imported" in chief.post(LATEST, {"source": ""}, follow=True).content.decode()
    assert "Up to date" in chief.post(LATEST, {"source": "lab"}).content.decode()
    assert ModelVersion.objects.count() == 1


def test_a_refused_newest_is_said_with_its_row(chief: Client, source: TrainingSource) -> None:  # noqa: F811
    (Path(source.location) / "a" / "model.joblib").write_bytes(b"no pickle at all")
    page = chief.post(LATEST).content.decode()
    assert "pickle_corrupt" in page
    assert page_of(Transfer.objects.get()) in page


def test_without_a_source_the_way_to_one_is_shown(chief: Client) -> None:
    assert "No training source is enabled" in chief.get(LATEST).content.decode()


def test_the_newest_is_queued(chief: Client, source: TrainingSource) -> None:  # noqa: F811
    chief.post(LATEST, {"background": "1"})
    assert working.work(Transfer.objects.get().pk) == TransferStatus.IMPORTED


def test_the_history_is_cleared_after_a_look(chief: Client) -> None:
    long_ago = timezone.now() - timedelta(days=100)
    row = {"actor": "m", "status": TransferStatus.REFUSED, "started_at": long_ago}
    Transfer.objects.create(origin="old", finished_at=long_ago, **row)
    assert "1 attempt would be deleted" in chief.get(CLEANUP).content.decode()
    assert "Nothing is that old" in chief.get(f"{CLEANUP}?days=365").content.decode()
    assert chief.post(CLEANUP, {"days": "x"}).status_code == 422
    assert Transfer.objects.exists()
    assert "was deleted" in chief.post(CLEANUP, {"days": "90"}, follow=True).content.decode()
    assert not Transfer.objects.exists()


def test_clearing_needs_its_permission(sign_in: SignIn) -> None:
    operator = sign_in("transfers.view_transfer", "transfers.import_package")
    assert operator.get(CLEANUP).status_code == 403
    assert "Clear old ones" not in operator.get("/admin/transfers/transfer/").content.decode()


# Schedules.


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []

    def tell(task: str, args: Any = (), kwargs: Any = None, **_: Any) -> bool:
        calls.append((task, args, kwargs))
        return True

    monkeypatch.setattr(broker, "tell", tell)
    return calls


def test_a_schedule_is_started_by_hand(chief: Client, started: list[Any]) -> None:
    schedules.ensure()
    one = PeriodicTask.objects.get(name="prune-transfers")
    run = reverse("admin:schedule_run", args=[one.pk])
    assert "Deletes import attempts" in chief.get(run).content.decode()
    assert started == []
    assert "was started" in chief.post(run, follow=True).content.decode()
    assert started == [("modelhub.transfers.tasks.prune", [], {"days": 90})]
    assert AuditEntry.objects.get(action="schedule.run").target == "prune-transfers"


def test_a_broker_that_is_away_is_said(chief: Client, told: Told) -> None:  # noqa: F811
    schedules.ensure()
    told.is_away = True
    run = reverse("admin:schedule_run", args=[PeriodicTask.objects.get(name="check-store").pk])
    assert "the broker does not answer" in chief.post(run, follow=True).content.decode()
    assert AuditEntry.objects.get(action="schedule.run").outcome == "failed"


def test_a_changed_schedule_is_in_the_audit_trail(chief: Client) -> None:
    schedules.ensure()
    one = PeriodicTask.objects.get(name="scan-sources")
    form = {
        "name": one.name,
        "regtask": one.task,
        "interval": one.interval_id,
        "args": "[]",
        "kwargs": json.dumps({}),
        "headers": "{}",
        "description": one.description,
        "expire_seconds": 300,
    }
    answer = chief.post(reverse("admin:django_celery_beat_periodictask_change", args=[one.pk]), form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    entry = AuditEntry.objects.get(action="schedule.change")
    assert (entry.before["enabled"], entry.after["enabled"]) == (True, False)


def test_running_needs_the_permission_to_change(sign_in: SignIn, started: list[Any]) -> None:
    schedules.ensure()
    viewer = sign_in("django_celery_beat.view_periodictask")
    run = reverse("admin:schedule_run", args=[PeriodicTask.objects.get(name="check-store").pk])
    assert viewer.post(run).status_code == 403
    assert started == []


def test_a_changed_rhythm_is_in_the_audit_trail_with_the_schedules_that_run_by_it(chief: Client) -> None:
    schedules.ensure()
    rhythm = PeriodicTask.objects.get(name="verify-audit").interval
    page = reverse("admin:django_celery_beat_intervalschedule_change", args=[rhythm.pk])
    assert chief.post(page, {"every": 30, "period": "days"}).status_code == 302
    entry = AuditEntry.objects.get(action="rhythm.change")
    assert "verify-audit" in entry.after["schedules"]
    assert (entry.before["when"], entry.after["when"]) == ("every day", "every 30 days")


def test_a_registered_model_that_is_made_by_hand_is_in_the_audit_trail(chief: Client) -> None:
    add = reverse("admin:registry_registeredmodel_add")
    assert chief.post(add, {"name": "wifi", "description": "access points"}).status_code == 302
    entry = AuditEntry.objects.get(action="model.create")
    assert (entry.target, entry.after["description"]) == ("wifi", "access points")
