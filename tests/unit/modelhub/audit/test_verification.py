"""Verification: every kind of tampering is named with its place, and a whole trail is called whole."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from modelhub.actors import Actor, Channel
from modelhub.audit import tasks, trail, verification
from modelhub.audit.models import AuditCheck
from modelhub.audit.verification import Kind

MARIA = Actor("maria", Channel.ADMIN)


@pytest.fixture
def five(db: None) -> None:
    for place in range(5):
        trail.record("a.b", str(place), MARIA, after={"place": place})


def _sql(statement: str) -> None:
    """What somebody with the database's password can do."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _reseal_from(sequence: int) -> None:
    """The best forgery: everything from there on is sealed anew, the head too."""
    last = trail.START
    for entry in verification._entries(10, None):
        if entry.sequence >= sequence:
            entry.previous_hash = last
            seal = trail.seal(entry)
            _sql(
                f"UPDATE audit_auditentry SET previous_hash = '{last}', hash = '{seal}' "
                f"WHERE sequence = {entry.sequence}"
            )
            entry.hash = seal
        last = entry.hash
    _sql(f"UPDATE audit_audithead SET hash = '{last}'")


def test_a_whole_trail_has_no_fault_and_says_its_head(five: None) -> None:
    found = verification.verify()
    assert (found.fault, found.entries) == (None, 5)
    assert len(found.head) == 64


def test_an_empty_trail_is_whole(db: None) -> None:
    assert verification.verify() == verification.Verification(0, trail.START, None)


@pytest.mark.parametrize(
    ("statement", "sequence", "kind"),
    [
        ("UPDATE audit_auditentry SET actor = 'eve' WHERE sequence = 3", 3, Kind.ALTERED),
        ("UPDATE audit_auditentry SET after = '{\"place\": 9}' WHERE sequence = 2", 2, Kind.ALTERED),
        (
            "UPDATE audit_auditentry SET happened_at = '2020-01-01 00:00:00+00' WHERE sequence = 4",
            4,
            Kind.ALTERED,
        ),
        ("DELETE FROM audit_auditentry WHERE sequence = 3", 3, Kind.MISSING),
        ("DELETE FROM audit_auditentry WHERE sequence = 1", 1, Kind.MISSING),
        ("DELETE FROM audit_auditentry WHERE sequence > 3", 4, Kind.MISSING),
        ("DELETE FROM audit_auditentry", 1, Kind.MISSING),
        ("UPDATE audit_audithead SET hash = repeat('0', 64)", 5, Kind.HEAD),
        ("UPDATE audit_audithead SET sequence = 4", 5, Kind.HEAD),
    ],
)
def test_the_first_tampered_entry_is_named(five: None, statement: str, sequence: int, kind: Kind) -> None:
    if connection.vendor == "sqlite":
        statement = statement.replace("repeat('0', 64)", f"'{trail.START}'")
    _sql(statement)
    fault = verification.verify().fault
    assert fault is not None
    assert (fault.sequence, fault.kind) == (sequence, kind)


def test_an_entry_sealed_anew_on_its_own_breaks_the_next_link(five: None) -> None:
    _sql("UPDATE audit_auditentry SET actor = 'eve' WHERE sequence = 2")
    entry = next(e for e in verification._entries(5, None) if e.sequence == 2)
    _sql(f"UPDATE audit_auditentry SET hash = '{trail.seal(entry)}' WHERE sequence = 2")
    fault = verification.verify().fault
    assert fault is not None
    assert (fault.sequence, fault.kind) == (3, Kind.BROKEN)


def test_a_trail_sealed_anew_as_a_whole_is_only_found_by_the_noted_head(five: None) -> None:
    noted = verification.verify().head
    _sql("UPDATE audit_auditentry SET actor = 'eve' WHERE sequence = 2")
    _reseal_from(2)
    assert verification.verify().fault is None
    fault = verification.verify(expect=noted).fault
    assert fault is not None
    assert fault.kind is Kind.HEAD


def test_a_noted_head_stays_part_of_a_trail_that_grows(five: None) -> None:
    noted = verification.verify().head
    trail.record("a.b", "later", MARIA)
    assert verification.verify(expect=noted).fault is None


def test_memory_and_batches_do_not_depend_on_the_batch_size(
    five: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_BATCH", 2)
    steps: list[int] = []
    assert verification.verify(on_progress=steps.append).entries == 5
    assert steps == [2, 2, 1]


Capture = pytest.CaptureFixture[str]


def test_auditverify_prints_the_head(five: None, capsys: Capture) -> None:
    call_command("auditverify", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"whole": True, "entries": 5, "head": verification.verify().head, "fault": None}


def test_auditverify_names_the_altered_entry_and_leaves_with_1(five: None, capsys: Capture) -> None:
    _sql("UPDATE audit_auditentry SET actor = 'eve' WHERE sequence = 3")
    with pytest.raises(SystemExit) as left:
        call_command("auditverify")
    assert left.value.code == 1
    assert "broken at entry #3 (altered)" in capsys.readouterr().out


def test_auditverify_refuses_an_expectation_that_is_no_hash(db: None) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("auditverify", "--expect", "abc")
    assert refused.value.returncode == 2


def test_the_nightly_walk_fails_and_logs_when_the_trail_is_broken(
    five: None, caplog: pytest.LogCaptureFixture
) -> None:
    _sql("DELETE FROM audit_auditentry WHERE sequence = 3")
    with pytest.raises(tasks.TrailBroken):
        tasks.verify()
    assert "audit trail broken" in caplog.text
    assert AuditCheck.objects.values_list("fault", "fault_sequence").get() == ("missing", 3)


def test_the_nightly_walk_remembers_the_head_of_the_last_good_one(five: None) -> None:
    tasks.verify()
    _sql("UPDATE audit_auditentry SET actor = 'eve' WHERE sequence = 2")
    _reseal_from(2)
    with pytest.raises(tasks.TrailBroken):
        tasks.verify()
