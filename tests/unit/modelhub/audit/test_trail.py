"""The trail: who, what, when, from where; a chain without gaps that nobody edits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, NoReturn

import pytest
from django.db import InterfaceError, connection, transaction

from modelhub.actors import Actor, Channel, placed
from modelhub.audit import trail, verification
from modelhub.audit.models import AuditEntry, AuditHead
from modelhub.errors import Code, Conflict

MARIA = Actor("maria", Channel.ADMIN)
WRITERS, EACH = 16, 8


@pytest.mark.django_db
def test_an_entry_names_actor_channel_action_target_reason_before_and_after() -> None:
    trail.record("version.deploy", "wifi:1", MARIA, reason="better", before={"a": 1}, after={"a": 2})
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.channel, entry.action, entry.target) == (
        "maria",
        "admin",
        "version.deploy",
        "wifi:1",
    )
    assert (entry.reason, entry.before, entry.after, entry.outcome) == ("better", {"a": 1}, {"a": 2}, "done")


@pytest.mark.django_db
def test_an_entry_carries_the_id_and_place_it_happened_at() -> None:
    with placed("192.0.2.1", request_id="r-1"):
        trail.record("version.load", "wifi:1", MARIA)
    entry = AuditEntry.objects.get()
    assert (entry.request_id, entry.address) == ("r-1", "192.0.2.1")


@pytest.mark.django_db
def test_an_entry_of_a_transaction_that_is_rolled_back_is_gone_and_leaves_no_gap() -> None:
    trail.record("a.b", "1", MARIA)
    with transaction.atomic():
        trail.record("a.b", "2", MARIA)
        transaction.set_rollback(True)
    trail.record("a.b", "3", MARIA)
    assert list(AuditEntry.objects.order_by("sequence").values_list("sequence", "target")) == [
        (1, "1"),
        (2, "3"),
    ]
    assert verification.verify().fault is None


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_at_once_leave_a_whole_chain_without_gaps() -> None:
    start = Barrier(WRITERS)

    def write(writer: int) -> None:
        try:
            start.wait(30)
            for place in range(EACH):
                trail.record("a.b", f"{writer}/{place}", MARIA)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    sequences = list(AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, WRITERS * EACH + 1))
    assert verification.verify().fault is None


@pytest.mark.django_db
def test_a_refusal_leaves_an_entry_although_its_transaction_was_rolled_back() -> None:
    def operate() -> None:
        with trail.faults_recorded("version.deploy", "wifi:1", MARIA, reason="now"), transaction.atomic():
            trail.record("version.deploy", "wifi:1", MARIA)
            raise Conflict(Code.DEPLOYMENT_CONFLICT, "Somebody was faster.")

    with pytest.raises(Conflict):
        operate()
    entry = AuditEntry.objects.get()
    assert (entry.outcome, entry.reason) == ("refused", "now")
    assert entry.detail == "deployment_conflict: Somebody was faster."


@pytest.mark.django_db
def test_a_fault_of_ours_is_recorded_as_failed_without_its_text() -> None:
    with pytest.raises(ZeroDivisionError), trail.faults_recorded("version.deploy", "wifi:1", MARIA):
        raise ZeroDivisionError("secret text")
    entry = AuditEntry.objects.get()
    assert entry.outcome == "failed"
    assert "secret" not in entry.detail


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["save", "delete", "update", "delete all", "bulk_update", "bulk_create"])
def test_no_entry_can_be_changed_or_removed_through_the_orm(change: str) -> None:
    entry = trail.record("a.b", "1", MARIA)
    every = AuditEntry.objects.all()
    changes: dict[str, Any] = {
        "save": entry.save,
        "delete": entry.delete,
        "update": lambda: every.update(actor="eve"),
        "delete all": every.delete,
        "bulk_update": lambda: every.bulk_update([entry], ["actor"]),
        "bulk_create": lambda: every.bulk_create([AuditEntry()]),
    }
    with pytest.raises(TypeError, match="append-only"):
        changes[change]()
    assert AuditEntry.objects.get().actor == "maria"


@pytest.mark.django_db
def test_text_that_a_database_refuses_is_kept_in_a_form_that_verifies() -> None:
    hostile = {"text": "a\x00b\ud800", "nan": float("nan"), "zero": -0.0, "big": 1e22, "small": 1e-7}
    trail.record("a.b", "\x00", Actor("\ud800", Channel.API), reason="\x00", detail="\udfff", after=hostile)
    assert verification.verify().fault is None
    assert AuditEntry.objects.get().after["text"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


@pytest.mark.django_db
def test_the_head_follows_the_last_entry() -> None:
    trail.record("a.b", "1", MARIA)
    last = trail.record("a.b", "2", MARIA)
    assert AuditHead.objects.values_list("sequence", "hash").get() == (2, last.hash)


@pytest.mark.django_db
def test_a_connection_that_is_gone_does_not_hide_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> NoReturn:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(trail, "_locked_head", gone)
    with pytest.raises(Conflict), trail.faults_recorded("version.deploy", "wifi:1", MARIA):
        raise Conflict(Code.DEPLOYMENT_CONFLICT, "Somebody was faster.")
