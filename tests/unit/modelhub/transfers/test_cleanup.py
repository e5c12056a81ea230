"""The history is cleared by age, in batches, and never of what still waits or runs."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.errors import Code, InputInvalid
from modelhub.transfers import cleanup
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

ACTOR = Actor("maria", Channel.API)
pytestmark = pytest.mark.django_db


def ended(days_ago: float, **fields: Any) -> Transfer:
    moment = timezone.now() - timedelta(days=days_ago)
    row = {"origin": "a", "actor": "m", "status": TransferStatus.REFUSED, "finished_at": moment}
    return Transfer.objects.create(**row | {"started_at": moment} | fields)


def test_only_rows_that_ended_before_the_limit_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "BATCH", 2)
    for days in (31, 32, 33, 34, 35):
        ended(days)
    young = ended(29)
    sizes: list[int] = []
    assert cleanup.clear(30, ACTOR, on_rows=sizes.append) == cleanup.Cleared(deleted=5, kept=1)
    assert list(Transfer.objects.all()) == [young]
    assert sizes == [2, 2, 1]


def test_what_waits_or_runs_stays_whatever_its_age() -> None:
    for status in (TransferStatus.QUEUED, TransferStatus.RUNNING):
        ended(400, status=status, finished_at=None)
    assert cleanup.clear(0, ACTOR, confirm=True) == cleanup.Cleared(deleted=0, kept=2)


def test_a_row_without_an_end_goes_by_its_begin() -> None:
    ended(40, finished_at=None, status=TransferStatus.INTERRUPTED)
    assert cleanup.clear(30, ACTOR).deleted == 1


@pytest.mark.parametrize("days", [-1, cleanup.MOST_DAYS + 1, 10**30, 0])
def test_days_that_make_no_sense_or_need_confirming_delete_nothing(days: int) -> None:
    ended(40)
    with pytest.raises(InputInvalid) as refused:
        cleanup.clear(days, ACTOR)
    assert refused.value.code == Code.PARAM_INVALID
    assert Transfer.objects.count() == 1


def test_a_trial_counts_and_deletes_nothing() -> None:
    ended(40)
    assert cleanup.clear(30, ACTOR, dry_run=True) == cleanup.Cleared(deleted=1, kept=0)
    assert Transfer.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_a_clean_up_is_in_the_audit_trail() -> None:
    ended(40)
    cleanup.clear(30, ACTOR)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after["deleted"]) == ("transfers.cleanup", "maria", 1)


def test_the_schedule_leaves_no_entry_where_it_found_nothing() -> None:
    cleanup.clear(30, cleanup.SCHEDULE)
    assert not AuditEntry.objects.exists()
