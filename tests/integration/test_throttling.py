"""Limits per caller, through HTTP: 429 with ``Retry-After``, one caller at a time."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django.fixtures import Settings

from modelhub.accounts import limits, refusals, remembered, tokens
from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

TESTER = Actor("tester", Channel.COMMAND)


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    for room in (limits, refusals, remembered):
        room.forget()
    yield
    for room in (limits, refusals, remembered):
        room.forget()


def _limit(settings: Settings, **rates: str) -> None:
    settings.MODELHUB = settings.MODELHUB | rates


def _client(name: str, *, role: str = "operator", peer: str = "127.0.0.1") -> Client:
    user, _ = User.objects.get_or_create(username=name)
    user.groups.add(Group.objects.get(name=role))
    _, text = tokens.issue(user, name, TESTER, days=1)
    return Client(headers={"Authorization": f"Bearer {text}", "Host": "localhost"}, REMOTE_ADDR=peer)


def _calls(client: Client, method: str, path: str, times: int) -> list[int]:
    return [
        client.generic(method, path, b"[]", content_type="application/json").status_code for _ in range(times)
    ]


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        ("THROTTLE_READ", "GET", "/api/v1/models"),
        ("THROTTLE_OPERATE", "POST", "/api/v1/models/none/load"),
        ("THROTTLE_IMPORT", "POST", "/api/v1/model-management/import/none"),
        ("THROTTLE_ANALYZE", "POST", "/api/v1/models/analyze"),
        ("THROTTLE_ANALYZE", "POST", "/api/v1/models/predict"),
    ],
)
def test_each_scope_has_its_own_limit(settings: Settings, name: str, method: str, path: str) -> None:
    _limit(settings, **{name: "3/min"})
    statuses = _calls(_client("ada"), method, path, 5)
    assert 429 not in statuses[:3]
    assert statuses[3:] == [429, 429]


def test_the_answer_says_when_to_come_back(settings: Settings) -> None:
    _limit(settings, THROTTLE_READ="1/min")
    client = _client("ada")
    client.get("/api/v1/models")
    answer = client.get("/api/v1/models")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "throttled"
    assert 1 <= int(answer["Retry-After"]) <= 120
    assert answer.json()["retry_after"] == int(answer["Retry-After"])


def test_other_callers_are_unaffected(settings: Settings) -> None:
    _limit(settings, THROTTLE_READ="2/min")
    assert _calls(_client("ada"), "GET", "/api/v1/models", 3)[-1] == 429
    assert _calls(_client("bob"), "GET", "/api/v1/models", 1) == [200]


def test_two_tokens_of_a_user_count_apart(settings: Settings) -> None:
    _limit(settings, THROTTLE_READ="2/min")
    assert _calls(_client("ada"), "GET", "/api/v1/models", 3)[-1] == 429
    assert _calls(_client("ada"), "GET", "/api/v1/models", 1) == [200]


def test_reading_does_not_use_up_changing(settings: Settings) -> None:
    _limit(settings, THROTTLE_READ="1/min", THROTTLE_OPERATE="1/min")
    client = _client("ada")
    assert _calls(client, "GET", "/api/v1/models", 2)[-1] == 429
    assert _calls(client, "POST", "/api/v1/models/none/load", 1) == [404]


def test_zero_means_no_limit(settings: Settings) -> None:
    _limit(settings, THROTTLE_READ="0")
    assert set(_calls(_client("ada"), "GET", "/api/v1/models", 20)) == {200}


def test_the_loopback_developer_scores_without_limit(settings: Settings) -> None:
    _limit(settings, THROTTLE_ANALYZE="1/min")
    assert 429 not in _calls(Client(headers={"Host": "localhost"}), "POST", "/api/v1/models/analyze", 5)


def test_a_forged_forwarding_header_makes_nobody_new(settings: Settings) -> None:
    _limit(settings, THROTTLE_READ="2/min", FAILED_LOGINS="0")
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False}
    statuses = [
        Client(headers={"X-Forwarded-For": f"10.0.0.{place}"}).get("/api/v1/models").status_code
        for place in range(4)
    ]
    assert statuses == [401, 401, 429, 429]


def test_behind_a_proxy_callers_are_told_apart_by_what_it_adds(settings: Settings) -> None:
    _limit(settings, THROTTLE_READ="1/min")
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False, "NUM_PROXIES": 1}

    def call(forwarded: str) -> int:
        return Client(headers={"X-Forwarded-For": forwarded}).get("/api/v1/models").status_code

    assert call("6.6.6.6, 203.0.113.1") == 401
    assert call("7.7.7.7, 203.0.113.1") == 429
    assert call("203.0.113.2") == 401


def test_ten_wrong_tokens_make_the_next_one_wait(settings: Settings) -> None:
    _limit(settings, FAILED_LOGINS="10/min")
    client = Client(headers={"Authorization": "Bearer mh_" + "0" * 64})
    assert _calls(client, "GET", "/api/v1/models", 12) == [401] * 10 + [429] * 2


def test_even_a_right_guess_has_to_wait(settings: Settings) -> None:
    good = _client("ada")
    _limit(settings, FAILED_LOGINS="2/min")
    _calls(Client(headers={"Authorization": "Bearer wrong"}), "GET", "/api/v1/models", 2)
    assert _calls(good, "GET", "/api/v1/models", 1) == [429]


def test_who_was_known_before_is_not_locked_out_by_a_neighbour(settings: Settings) -> None:
    good = _client("ada")
    _limit(settings, FAILED_LOGINS="2/min")
    assert _calls(good, "GET", "/api/v1/models", 1) == [200]
    _calls(Client(headers={"Authorization": "Bearer wrong"}), "GET", "/api/v1/models", 3)
    assert _calls(good, "GET", "/api/v1/models", 1) == [200]


def test_another_address_may_still_try(settings: Settings) -> None:
    _limit(settings, FAILED_LOGINS="2/min")
    wrong = {"Authorization": "Bearer wrong"}
    assert _calls(Client(headers=wrong, REMOTE_ADDR="10.0.0.1"), "GET", "/api/v1/models", 3)[-1] == 429
    assert _calls(Client(headers=wrong, REMOTE_ADDR="10.0.0.2"), "GET", "/api/v1/models", 1) == [401]


def _sign_in(password: str, *, name: str = "maria", peer: str = "127.0.0.1") -> tuple[int, str]:
    client = Client(REMOTE_ADDR=peer)
    answer = client.post("/admin/login/?next=/admin/", {"username": name, "password": password})
    return answer.status_code, answer.headers.get("Retry-After", "")


@pytest.fixture
def maria(db: None, settings: Settings) -> User:
    """A superuser whose password is quick to check."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_superuser("maria", password="correct horse")


@pytest.mark.usefixtures("maria")
def test_wrong_passwords_make_the_next_one_wait(settings: Settings) -> None:
    _limit(settings, FAILED_LOGINS="3/min")
    assert [_sign_in("wrong")[0] for _ in range(3)] == [200] * 3
    status, retry_after = _sign_in("correct horse")
    assert status == 429
    assert 1 <= int(retry_after) <= 120
    assert _sign_in("correct horse", peer="10.0.0.9")[0] == 302


@pytest.mark.usefixtures("maria")
def test_the_waiting_page_is_a_page_for_people(settings: Settings) -> None:
    _limit(settings, FAILED_LOGINS="1/min")
    _sign_in("wrong")
    answer = Client().post("/admin/login/", {"username": "maria", "password": "wrong"})
    assert answer["Content-Type"].startswith("text/html")
    assert "Too many wrong passwords" in answer.content.decode()


@pytest.mark.usefixtures("maria")
def test_signing_in_leaves_an_entry() -> None:
    assert _sign_in("correct horse")[0] == 302
    entry = AuditEntry.objects.get(action="login.done")
    assert (entry.actor, entry.target, entry.channel) == ("maria", "maria", "admin")


@pytest.mark.usefixtures("maria")
def test_a_wrong_password_leaves_an_entry_with_the_name() -> None:
    _sign_in("wrong")
    entry = AuditEntry.objects.get(action="login.failed")
    assert (entry.target, entry.outcome, entry.address) == ("maria", "denied", "127.0.0.1")


def test_a_password_typed_as_a_name_is_not_kept() -> None:
    _sign_in("", name="correct horse")
    _sign_in("x", name="correct horse")
    assert "horse" not in str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.filter(action="login.failed").count() == 2
