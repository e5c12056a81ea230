"""A token in use is verified by the watcher: calls trust it, and a change is effective with the next look."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NoReturn

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import OperationalError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from modelhub.accounts import remembered, tokens
from modelhub.accounts.models import ApiToken
from modelhub.actors import Actor, Channel
from modelhub.errors import AccessDenied, Code

TESTER = Actor("tester", Channel.COMMAND)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    remembered.forget()
    yield
    remembered.forget()


@pytest.fixture
def ada() -> User:
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get(name="operator"))
    return user


@pytest.fixture
def known(ada: User) -> str:
    """The text of a token that was just used."""
    token, text = tokens.issue(ada, "collector", TESTER, days=90)
    remembered.keep(text, tokens.find(text) or token)
    return text


def refused(_: str) -> NoReturn:
    """What the database says of a token that is not good any more."""
    raise AccessDenied(Code.NOT_AUTHENTICATED, "No.")


def away(_: str) -> NoReturn:
    """A database that does not answer."""
    raise OperationalError("away")


def test_a_token_that_is_verified_in_time_is_never_asked_for(
    known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = remembered.time.monotonic()
    for passed in range(1, 120):
        monkeypatch.setattr(remembered.time, "monotonic", lambda now=start + passed / 2: now)
        remembered.verify()
        assert remembered.look_up(known, ask=refused).user.get_username() == "ada"


def _revoke(token: ApiToken) -> None:
    tokens.revoke(token.token_key, TESTER)


def _expire(token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk).update(expiry=timezone.now() + timedelta(days=1))


def _deactivate(token: ApiToken) -> None:
    User.objects.filter(pk=token.user_id).update(is_active=False)


def _demote(token: ApiToken) -> None:
    token.user.groups.clear()


def _rename(token: ApiToken) -> None:
    User.objects.filter(pk=token.user_id).update(username="grace")


def _delete(token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk).delete()


@pytest.mark.parametrize("change", [_revoke, _expire, _deactivate, _demote, _rename, _delete])
def test_whatever_changed_is_asked_for_again(known: str, change: Callable[[ApiToken], None]) -> None:
    change(ApiToken.objects.get())
    remembered.verify()
    with pytest.raises(AccessDenied):
        remembered.look_up(known, ask=refused)


def test_a_permission_given_later_is_asked_for_again(ada: User) -> None:
    ada.groups.clear()
    token, text = tokens.issue(ada, "collector", TESTER, days=None)
    remembered.keep(text, tokens.find(text) or token)
    remembered.verify()
    assert remembered.look_up(text, ask=refused)
    ada.groups.add(Group.objects.get(name="operator"))
    remembered.verify()
    with pytest.raises(AccessDenied):
        remembered.look_up(text, ask=refused)


def test_losing_the_sight_of_metrics_is_noticed_though_scoring_is_as_before(ada: User, known: str) -> None:
    viewing = Permission.objects.get(codename="view_inferencemetric")
    for group in ada.groups.all():
        group.permissions.remove(viewing)
    remembered.verify()
    with pytest.raises(AccessDenied):
        remembered.look_up(known, ask=refused)


def test_many_tokens_cost_as_many_statements_as_one(
    ada: User, known: str, django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    for number in range(20):
        token, text = tokens.issue(ada, f"t{number}", TESTER, days=90)
        remembered.keep(text, tokens.find(text) or token)
    with django_assert_max_num_queries(8):  # three to verify, the rest writes their use
        remembered.verify()
    with django_assert_max_num_queries(3):
        remembered.verify()


def test_the_use_is_noted_by_the_watcher(known: str) -> None:
    remembered.verify()
    assert ApiToken.objects.get().last_used_at is not None


def test_a_token_that_is_not_used_is_not_asked_about(
    known: str,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    now = remembered.time.monotonic()
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now + remembered.USED_S + 1)
    with django_assert_num_queries(0):
        remembered.verify()


def test_nothing_is_kept_of_a_token_that_was_not_used_for_long(
    known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = remembered.time.monotonic()
    for passed, is_kept in ((remembered.KEPT_S - 1, True), (remembered.KEPT_S + 1, False)):
        monkeypatch.setattr(remembered.time, "monotonic", lambda later=now + passed: later)
        remembered.verify()
        assert bool(remembered._seen) is is_kept


def test_while_the_watcher_waits_calls_wait_for_nothing(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database hangs: the watcher's question has no answer yet, and the memory is older than a second."""
    asked = []
    now = remembered.time.monotonic()

    def hang(_: object) -> set[str]:
        monkeypatch.setattr(remembered.time, "monotonic", lambda: now + 300)
        asked.append(remembered.look_up(known, ask=away))
        monkeypatch.setattr(remembered.time, "monotonic", lambda: now + remembered.KEPT_S + 1)
        with pytest.raises(OperationalError):
            remembered.look_up(known, ask=away)
        raise OperationalError("timeout")

    monkeypatch.setattr(remembered, "_unchanged", hang)
    remembered.verify()
    assert len(asked) == 1


def test_after_a_failure_of_the_watcher_calls_go_on(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = remembered.time.monotonic()
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now + 30)
    monkeypatch.setattr(remembered, "_unchanged", away)
    remembered.verify()
    assert remembered.look_up(known, ask=refused)


def test_an_expired_token_is_not_trusted_whatever_the_watcher_does(
    known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = (timezone.now() + timedelta(days=91)).timestamp()
    monkeypatch.setattr(remembered.time, "time", lambda: later)
    with pytest.raises(AccessDenied):
        remembered.look_up(known, ask=refused)
