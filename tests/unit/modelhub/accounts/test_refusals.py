"""Refusals are recorded within bounds, and the trail says how many it does not have."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError

from modelhub.accounts import refusals
from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.audit.models import AuditEntry
from modelhub.audit.trail import Outcome

pytestmark = pytest.mark.django_db

SOMEBODY = Actor("somebody", Channel.API)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    refusals.forget()
    yield
    refusals.forget()


def _note(caller: str) -> None:
    refusals.note("login.failed", "ada", SOMEBODY, caller=caller, outcome=Outcome.DENIED)


def test_one_caller_leaves_ten_a_minute() -> None:
    for _ in range(25):
        _note("10.0.0.1")
    assert AuditEntry.objects.count() == 10


def test_all_callers_together_are_bounded_too() -> None:
    for place in range(300):
        _note(f"caller {place}")
    assert AuditEntry.objects.count() == 120


def test_the_next_entry_says_how_many_were_left_out() -> None:
    for _ in range(25):
        _note("10.0.0.1")
    _note("10.0.0.2")
    last = AuditEntry.objects.order_by("-sequence")[0]
    assert last.after == {"left_out": 15}


def test_a_database_that_is_away_is_no_further_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(trail, "record", away)
    _note("10.0.0.1")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_is_not_recorded(method: str) -> None:
    refusals.denied(SOMEBODY, method, "/api/v1/audit", caller="somebody", permission="audit.view_auditentry")
    assert not AuditEntry.objects.exists()


def test_a_hostile_path_is_stored_as_text() -> None:
    refusals.denied(SOMEBODY, "POST", "/api/v1/\x00\ud800<script>", caller="somebody")
    assert "\x00" not in AuditEntry.objects.get().target
