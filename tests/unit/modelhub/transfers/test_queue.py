"""Queued imports: one worker, one result, whatever brokers, workers and people do meanwhile."""

import io
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts import quarantine
from modelhub.audit.models import AuditEntry
from modelhub.errors import Code, Conflict, InputInvalid, PathRefused, Unavailable
from modelhub.registry.models import ModelVersion
from modelhub.transfers import importing, outbox, queue, recovery, staging, working
from modelhub.transfers.choices import TransferKind, TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.unit.modelhub.transfers.conftest import Told

ACTOR = Actor("maria", Channel.API)
pytestmark = pytest.mark.django_db


def queued(source: TrainingSource, path: str = "a") -> Transfer:
    return queue.enqueue_package(source, path, ACTOR)


def taken(row: Transfer, owner: str = "elsewhere", *, attempts: int = 1, silent_s: float = 0) -> Transfer:
    """The row as a worker of another host left it."""
    Transfer.objects.filter(pk=row.pk).update(
        status=TransferStatus.RUNNING,
        owner=owner,
        attempts=attempts,
        heartbeat_at=timezone.now() - timedelta(seconds=silent_s),
    )
    row.refresh_from_db()
    return row


def uploads() -> list[str]:
    return [path.name for path in conf.staging_root().glob("upload-*")]


def test_a_queued_package_is_imported_by_the_worker_for_who_asked(source: TrainingSource, told: Told) -> None:
    row = queued(source)
    assert (row.status, row.attempts) == (TransferStatus.QUEUED, 0)
    assert working.work(row.pk) == TransferStatus.IMPORTED
    row.refresh_from_db()
    assert row.version is not None
    assert (row.actor, row.channel, row.attempts) == ("maria", Channel.API, 1)
    assert row.duration_s is not None
    entries = AuditEntry.objects.filter(action__startswith="package.").order_by("sequence")
    assert [entry.action for entry in entries] == ["package.queue", "package.import"]


def test_the_broker_is_told_after_the_commit(
    source: TrainingSource, told: Told, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = queued(source)
        assert told.ids == []
    assert told.ids == [row.pk]
    row.refresh_from_db()
    assert row.sent_at is not None


def test_a_broker_that_is_away_leaves_the_row_to_be_sent_later(
    source: TrainingSource, told: Told, django_capture_on_commit_callbacks: Any
) -> None:
    told.is_away = True
    with django_capture_on_commit_callbacks(execute=True):
        row = queued(source)
    assert recovery.reconcile()["sent"] == 0
    told.is_away = False
    assert recovery.reconcile()["sent"] == 1
    assert recovery.reconcile()["sent"] == 0  # told of just now
    assert told.ids == [row.pk]


def test_a_row_that_nobody_took_is_sent_again(source: TrainingSource, told: Told) -> None:
    row = queued(source)
    Transfer.objects.update(sent_at=timezone.now() - 2 * outbox.RESEND_AFTER)
    assert recovery.reconcile()["sent"] == 1
    assert told.ids == [row.pk]


def test_a_second_message_for_a_row_does_nothing(source: TrainingSource, told: Told) -> None:
    row = queued(source)
    working.work(row.pk)
    assert working.work(row.pk) == ""
    assert working.work(10**9) == ""
    assert ModelVersion.objects.count() == 1
    row.refresh_from_db()
    assert row.attempts == 1


def test_a_refused_package_is_told_on_the_row(source: TrainingSource, told: Told) -> None:
    row = queued(source, "nothing/here")
    assert working.work(row.pk) == TransferStatus.REFUSED
    row.refresh_from_db()
    assert row.code == Code.PACKAGE_NOT_FOUND


def test_an_upload_is_kept_until_it_is_done(told: Told) -> None:
    zipped = io.BytesIO(packages.zipped(packages.deployment_members("2.0")))
    row = queue.enqueue_upload(zipped, "p.zip", ACTOR, model_name="sshd")
    assert uploads() == [row.upload]
    assert working.work(row.pk) == TransferStatus.IMPORTED
    assert ModelVersion.objects.get().reference == "sshd:2.0"
    assert uploads() == []


def test_an_upload_kept_on_another_host_is_left_to_it(told: Told) -> None:
    row = queue.enqueue_upload(io.BytesIO(b"PK"), "p.zip", ACTOR)
    Transfer.objects.update(owner="elsewhere")
    assert working.work(row.pk) == ""
    row.refresh_from_db()
    assert row.status == TransferStatus.QUEUED
    assert told.ids == []  # or two workers would send it to each other for ever


def test_what_cannot_be_queued_leaves_nothing(source: TrainingSource, told: Told) -> None:
    with pytest.raises(InputInvalid):
        queue.enqueue_upload(io.BytesIO(b"PK"), "p.zip", ACTOR, model_name="a b")
    with pytest.raises(PathRefused):
        queued(source, "a\x00b")
    with pytest.raises(PathRefused):
        queued(source, "a" * 2000)
    assert not Transfer.objects.exists()
    assert not conf.staging_root().exists() or uploads() == []


def test_more_than_the_queue_holds_is_told_to_come_back(
    source: TrainingSource, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 1)
    queued(source)
    with pytest.raises(Unavailable) as busy:
        queue.enqueue_upload(io.BytesIO(b"PK"), "p.zip", ACTOR)
    assert busy.value.code == Code.IMPORT_BUSY
    assert uploads() == []


def test_a_source_that_was_removed_meanwhile_is_said(source: TrainingSource, told: Told) -> None:
    row = queued(source)
    source.delete()
    assert working.work(row.pk) == TransferStatus.REFUSED
    row.refresh_from_db()
    assert "was removed while it waited" in row.detail


# People.


def test_a_waiting_import_is_cancelled_and_never_runs(told: Told) -> None:
    row = queue.enqueue_upload(io.BytesIO(b"PK"), "p.zip", ACTOR)
    assert queue.cancel(row, ACTOR).status == TransferStatus.CANCELLED
    assert uploads() == []
    assert working.work(row.pk) == ""
    assert AuditEntry.objects.filter(action="package.cancel").count() == 1


def test_a_running_import_cannot_be_cancelled(source: TrainingSource, told: Told) -> None:
    with pytest.raises(Conflict) as refused:
        queue.cancel(taken(queued(source)), ACTOR)
    assert refused.value.code == Code.TRANSFER_NOT_QUEUED


# Workers that die.


def test_a_row_whose_worker_on_this_host_died_waits_again_at_once(source: TrainingSource, told: Told) -> None:
    with staging.guarded(conf.staging_root()) as here:
        pass
    row = taken(queued(source), here)
    assert recovery.recover().queued_again == 1
    row.refresh_from_db()
    assert (row.status, row.attempts, row.owner) == (TransferStatus.QUEUED, 1, "")
    assert working.work(row.pk) == TransferStatus.IMPORTED
    row.refresh_from_db()
    assert row.attempts == 2


def test_a_row_of_another_host_waits_again_when_its_heart_stops(source: TrainingSource, told: Told) -> None:
    taken(queued(source))
    assert recovery.recover().queued_again == 0
    taken(Transfer.objects.get(), silent_s=queue.LOST_AFTER.total_seconds() + 1)
    assert recovery.recover().queued_again == 1


def test_a_package_that_ends_three_workers_fails_and_is_not_tried_again(
    source: TrainingSource, told: Told
) -> None:
    row = taken(queued(source), attempts=queue.MOST_ATTEMPTS, silent_s=600)
    recovery.reconcile()
    row.refresh_from_db()
    assert (row.status, row.code) == (TransferStatus.FAILED, Code.QUARANTINE_FAILED)
    assert "3 workers ended" in row.detail
    assert AuditEntry.objects.get(action="package.import").outcome == "failed"
    assert working.work(row.pk) == ""


def test_a_worker_that_was_given_up_cannot_write_its_result(source: TrainingSource, told: Told) -> None:
    row = queued(source)

    def lose_the_claim(*args: Any, **kwargs: Any) -> Any:
        Transfer.objects.update(status=TransferStatus.QUEUED)
        queue.claim(Transfer.objects.get(), "another worker")
        return quarantine.convert(*args, **kwargs)

    assert working.work(row.pk, convert=lose_the_claim) == ""
    row.refresh_from_db()
    assert (row.status, row.attempts, row.owner) == (TransferStatus.RUNNING, 2, "another worker")
    assert not ModelVersion.objects.exists()


def test_a_database_that_fails_in_between_leaves_the_row_waiting(source: TrainingSource, told: Told) -> None:
    row = queued(source)

    def fail(*args: Any, **kwargs: Any) -> NoReturn:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        working.work(row.pk, convert=fail)
    row.refresh_from_db()
    assert row.status == TransferStatus.QUEUED


def test_an_interrupt_leaves_the_row_waiting(source: TrainingSource, told: Told) -> None:
    row = queued(source)

    def interrupt(*args: Any, **kwargs: Any) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        working.work(row.pk, convert=interrupt)
    row.refresh_from_db()
    assert row.status == TransferStatus.QUEUED


def test_a_kept_upload_that_nobody_needs_is_removed_after_an_hour(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = queue.enqueue_upload(io.BytesIO(b"PK"), "p.zip", ACTOR).upload
    staging.keep_upload(conf.staging_root(), io.BytesIO(b"PK"))
    assert recovery.reconcile()["uploads_removed"] == 0
    monkeypatch.setattr(staging, "_FRESH_S", -1.0)
    assert recovery.reconcile()["uploads_removed"] == 1
    assert uploads() == [needed]


# One process.


def test_a_process_imports_one_queued_row_at_a_time_and_tells_of_the_next(
    source: TrainingSource, told: Told, tmp_path: Path
) -> None:
    packages.write_folder(tmp_path / "lab" / "b", packages.service_members("2.0.0", seed=1))
    first, second = queued(source), queued(source, "b")
    seen: list[str] = []

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        seen.append(working.work(second.pk))
        return quarantine.convert(*args, **kwargs)

    working.work(first.pk, convert=meanwhile)
    assert seen == [""]
    assert told.ids[-1] == second.pk


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_import_a_row_once(source: TrainingSource, told: Told) -> None:
    row = queued(source)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def compete() -> None:
        mine = Transfer.objects.select_related("source").get(pk=row.pk)
        barrier.wait(30)
        try:
            outcomes.append(importing.resume(mine).status)
        except queue.ClaimLost:
            outcomes.append("lost")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=compete) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [TransferStatus.IMPORTED, "lost"]
    assert ModelVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_running_import_shows_that_it_lives(
    source: TrainingSource, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "HEARTBEAT_S", 0.02)
    row = queued(source)
    beats: list[Any] = []

    def watch(*args: Any, **kwargs: Any) -> Any:
        claimed = Transfer.objects.get(pk=row.pk).heartbeat_at
        for _ in range(500):
            if Transfer.objects.get(pk=row.pk).heartbeat_at > claimed:  # type: ignore[operator]
                beats.append(True)
                break
            threading.Event().wait(0.02)
        return quarantine.convert(*args, **kwargs)

    assert working.work(row.pk, convert=watch) == TransferStatus.IMPORTED
    assert beats == [True]


# The newest.


def test_a_row_for_the_newest_becomes_the_import_of_what_it_finds(source: TrainingSource, told: Told) -> None:
    row = queue.enqueue_latest(None, ACTOR)
    assert working.work(row.pk) == TransferStatus.IMPORTED
    row.refresh_from_db()
    assert (row.kind, row.source, row.origin) == (TransferKind.PACKAGE, source, "a")


def test_a_row_for_the_newest_ends_well_where_nothing_is_new(source: TrainingSource, told: Told) -> None:
    working.work(queue.enqueue_latest(source, ACTOR).pk)
    row = queue.enqueue_latest(source, ACTOR)
    assert working.work(row.pk) == TransferStatus.UNCHANGED
    row.refresh_from_db()
    assert [note["code"] for note in row.notes] == ["up_to_date"]


def test_a_row_for_the_newest_fails_where_no_source_answers(source: TrainingSource, told: Told) -> None:
    TrainingSource.objects.update(location="/nowhere/at/all")
    row = queue.enqueue_latest(None, ACTOR)
    assert working.work(row.pk) == TransferStatus.FAILED
    row.refresh_from_db()
    assert row.code == Code.SOURCE_UNAVAILABLE
