"""Tokens over HTTP: what lets in, what does not, and what is left behind by either."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from modelhub.accounts import guessing, lastuse, limits, refusals, remembered, tokens
from modelhub.accounts.models import ApiToken
from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.errors import InputInvalid, NotFound
from modelhub.registry.models import ModelVersion

pytestmark = pytest.mark.django_db

READ = "/api/v1/models"
SCORE = "/api/v1/models/analyze"
TESTER = Actor("tester", Channel.COMMAND)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    for room in (remembered, refusals, limits):
        room.forget()
    yield
    for room in (remembered, refusals, limits):
        room.forget()


@pytest.fixture
def ada() -> User:
    """An operator."""
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get(name="operator"))
    return user


@pytest.fixture
def issued(ada: User) -> tuple[ApiToken, str]:
    return tokens.issue(ada, "collector", TESTER, days=90)


def _read(header: str) -> tuple[int, str]:
    answer = Client(headers={"Authorization": header}).get(READ)
    return answer.status_code, answer.json().get("code", "")


def _score(header: str) -> int:
    client = Client(headers={"Authorization": header})
    return client.post(SCORE, b"[]", content_type="application/json").status_code


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "bearer", "TOKEN", "Bearer "])
def test_a_token_lets_in_under_both_schemes(scheme: str, issued: tuple[ApiToken, str]) -> None:
    assert _read(f"{scheme} {issued[1]}") == (200, "")


@pytest.mark.usefixtures("deployed_version")
def test_a_token_scores(issued: tuple[ApiToken, str]) -> None:
    assert _score(f"Bearer {issued[1]}") == 200


WRONG = {
    "empty": "",
    "scheme only": "Bearer",
    "scheme and space": "Bearer ",
    "garbage": "Bearer garbage",
    "well formed but unknown": "Bearer mh_" + "0" * 64,
    "two words": "Bearer one two",
    "other scheme": "Basic YWRhOmFkYQ==",
    "no scheme": "mh_" + "0" * 64,
    "NUL": "Bearer \x00" + "0" * 63,
    "non-UTF-8 as WSGI passes it on": "Bearer \xff\xfe" + "0" * 60,
    "lone surrogate": "Bearer \ud800" + "0" * 60,
    "other digits": "Bearer mh_" + "٣" * 64,
    "100 KB": "Bearer " + "a" * 100_000,
    "line break": "Bearer mh_" + "0" * 64 + "\nX-Evil: 1",
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_token_is_a_401_when_reading(case: str) -> None:
    assert _read(WRONG[case]) == (401, "not_authenticated")


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_token_is_a_401_when_scoring(case: str) -> None:
    assert _score(WRONG[case]) == 401


def test_a_changed_last_letter_is_another_token(issued: tuple[ApiToken, str]) -> None:
    text = issued[1]
    assert _read(f"Bearer {text[:-1]}{'0' if text[-1] != '0' else '1'}") == (401, "not_authenticated")


def test_the_digest_is_no_token(issued: tuple[ApiToken, str]) -> None:
    assert _read(f"Bearer {issued[0].digest}") == (401, "not_authenticated")


def test_the_text_of_a_token_is_nowhere_in_the_database(issued: tuple[ApiToken, str]) -> None:
    stored = ApiToken.objects.values().get()
    assert issued[1] not in str(stored)
    assert issued[1] not in str(list(AuditEntry.objects.values()))


def test_an_expired_token_says_so(issued: tuple[ApiToken, str]) -> None:
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert _read(f"Bearer {issued[1]}") == (401, "token_expired")
    assert ApiToken.objects.exists()


def test_a_revoked_token_is_refused(issued: tuple[ApiToken, str]) -> None:
    tokens.revoke(issued[0].token_key, TESTER)
    assert _read(f"Bearer {issued[1]}") == (401, "not_authenticated")
    assert _score(f"Bearer {issued[1]}") == 401


def test_a_token_of_an_inactive_user_is_refused(issued: tuple[ApiToken, str]) -> None:
    User.objects.update(is_active=False)
    assert _read(f"Bearer {issued[1]}") == (401, "not_authenticated")


def test_a_wrong_token_beside_a_good_session_is_refused(ada: User) -> None:
    client = Client(headers={"Authorization": "Bearer wrong"})
    client.force_login(ada)
    assert client.get(READ).status_code == 401


def test_a_token_needs_no_csrf_token(issued: tuple[ApiToken, str], deployed_version: ModelVersion) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {issued[1]}"})
    path = f"/api/v1/models/{deployed_version.label}/activate"
    assert client.post(path, b"", content_type="application/json").status_code == 200


def test_a_session_needs_one(ada: User, deployed_version: ModelVersion) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    path = f"/api/v1/models/{deployed_version.label}/activate"
    assert client.post(path, b"", content_type="application/json").status_code == 403


def test_the_use_is_noted(issued: tuple[ApiToken, str]) -> None:
    _read(f"Bearer {issued[1]}")
    assert ApiToken.objects.get().last_used_at is not None


def test_the_use_is_noted_once_a_minute(issued: tuple[ApiToken, str]) -> None:
    recently = timezone.now() - timedelta(seconds=30)
    ApiToken.objects.update(last_used_at=recently)
    _read(f"Bearer {issued[1]}")
    assert ApiToken.objects.get().last_used_at == recently


def test_a_use_that_cannot_be_noted_costs_nothing(
    issued: tuple[ApiToken, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: object, **kwargs: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("django.db.models.query.QuerySet.update", locked)
    lastuse.note(issued[0])
    assert _read(f"Bearer {issued[1]}") == (200, "")


def test_scoring_goes_on_without_the_database_for_who_was_known(
    issued: tuple[ApiToken, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``ask`` is what fails when the database is away; the clock moves past the freshness of the memory."""
    token, text = issued
    assert remembered.look_up(text, ask=lambda _: tokens.find(text) or token).user == token.user
    now = remembered.time.monotonic()

    def away(_: str) -> ApiToken:
        raise OperationalError("connection refused")

    monkeypatch.setattr(remembered.time, "monotonic", lambda: now + 60)
    assert remembered.look_up(text, ask=away).user == token.user
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now + remembered.KEPT_S + 60)
    with pytest.raises(OperationalError):
        remembered.look_up(text, ask=away)


def test_an_unknown_token_needs_the_database(issued: tuple[ApiToken, str]) -> None:
    def away(_: str) -> ApiToken:
        raise OperationalError("connection refused")

    with pytest.raises(OperationalError):
        remembered.look_up(issued[1], ask=away)


def test_a_refused_token_leaves_an_entry_without_the_token() -> None:
    _read("Bearer mh_" + "0" * 64)
    entry = AuditEntry.objects.get(action="token.refused")
    assert (entry.outcome, entry.actor, entry.address) == ("denied", guessing.NOBODY, "127.0.0.1")
    assert "0000" not in entry.target + entry.detail


def test_making_and_revoking_leave_entries(issued: tuple[ApiToken, str]) -> None:
    tokens.revoke(issued[0].token_key, TESTER, reason="leaked")
    made, revoked = AuditEntry.objects.filter(action__startswith="token.").order_by("sequence")
    assert (made.action, made.after["user"]) == ("token.create", "ada")
    assert (revoked.action, revoked.reason) == ("token.revoke", "leaked")


def test_revoking_twice_changes_nothing(issued: tuple[ApiToken, str]) -> None:
    first = tokens.revoke(issued[0].token_key, TESTER).revoked_at
    assert tokens.revoke(issued[0].token_key, TESTER).revoked_at == first
    assert AuditEntry.objects.filter(action="token.revoke").count() == 1


def test_an_unknown_key_cannot_be_revoked() -> None:
    with pytest.raises(NotFound):
        tokens.revoke("mh_unknown", TESTER)


@pytest.mark.parametrize(
    ("name", "days"), [("", 1), ("  ", 1), ("x" * 101, 1), ("a\nb", 1), ("ok", 0), ("ok", -1), ("ok", 3651)]
)
def test_a_token_needs_a_name_and_a_sensible_end(ada: User, name: str, days: int) -> None:
    with pytest.raises(InputInvalid):
        tokens.issue(ada, name, TESTER, days=days)
    assert not ApiToken.objects.exists()


def test_an_inactive_user_gets_none(ada: User) -> None:
    ada.is_active = False
    with pytest.raises(InputInvalid):
        tokens.issue(ada, "collector", TESTER, days=1)


def test_a_refused_change_leaves_an_entry() -> None:
    viewer = User.objects.create_user("vera")
    viewer.groups.add(Group.objects.get(name="viewer"))
    _, text = tokens.issue(viewer, "dashboard", TESTER, days=1)
    client = Client(headers={"Authorization": f"Bearer {text}"})
    assert client.post("/api/v1/models/x/deploy").status_code == 403
    entry = AuditEntry.objects.get(action="access.denied")
    assert (entry.actor, entry.outcome) == ("vera", "denied")
    assert entry.target == "POST /api/v1/models/x/deploy"
    assert entry.detail == "lacks registry.add_deployment"


def test_a_refused_scoring_call_leaves_an_entry() -> None:
    User.objects.create_user("nora")
    _, text = tokens.issue(User.objects.get(username="nora"), "none", TESTER, days=1)
    assert _score(f"Bearer {text}") == 403
    assert AuditEntry.objects.get(action="access.denied").target == f"POST {SCORE}"


def test_a_refused_look_leaves_none(ada: User) -> None:
    ada.groups.clear()
    _, text = tokens.issue(ada, "none", TESTER, days=1)
    assert _read(f"Bearer {text}")[0] == 403
    assert not AuditEntry.objects.filter(action="access.denied").exists()


def test_refusals_cannot_flood_the_trail() -> None:
    for place in range(50):
        _read(f"Bearer mh_{place:064d}")
    assert AuditEntry.objects.filter(action="token.refused").count() == 10
