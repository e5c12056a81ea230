"""Users, groups and tokens in the admin: what is done there, who may, and what the trail says of it."""

import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from modelhub.accounts.models import ApiToken
from modelhub.audit.models import AuditEntry
from tests.integration.admin.conftest import SignIn

pytestmark = pytest.mark.django_db

ADD = "/admin/accounts/apitoken/add/"
TOKEN = re.compile(r"mh_[0-9a-f]{64}")


@pytest.fixture
def robot() -> User:
    """A program that may look."""
    user = User.objects.create_user("robot")
    user.groups.add(Group.objects.get(name="viewer"))
    return user


@pytest.fixture
def manager(db: None) -> Client:
    """Somebody with the role admin, signed in; no superuser."""
    user = User.objects.create_user("mona", is_staff=True)
    user.groups.add(Group.objects.get(name="admin"))
    client = Client()
    client.force_login(user)
    return client


def _make(client: Client, user: User, days: str = "30") -> str:
    answer = client.post(ADD, {"user": user.pk, "name": "collector", "days": days})
    assert answer.status_code == 200
    found = TOKEN.search(answer.content.decode())
    assert found, answer.content.decode()
    return found[0]


def test_add_makes_a_token_that_works(manager: Client, robot: User) -> None:
    token = _make(manager, robot)
    answer = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/models")
    assert answer.status_code == 200
    assert ApiToken.objects.get().created_by == "mona"


def test_the_token_comes_with_a_curl_line(manager: Client, robot: User) -> None:
    page = manager.post(ADD, {"user": robot.pk, "name": "collector", "days": ""}).content.decode()
    assert re.search(r"curl -H &quot;Authorization: Bearer mh_|curl -H \"Authorization: Bearer mh_", page)


def test_no_other_page_shows_it(manager: Client, robot: User) -> None:
    token = _make(manager, robot)
    pages = [
        "/admin/accounts/apitoken/",
        reverse("admin:accounts_apitoken_change", args=[ApiToken.objects.get().pk]),
    ]
    for page in pages:
        answer = manager.get(page)
        assert answer.status_code == 200
        assert token not in answer.content.decode()


def test_the_page_with_the_token_is_not_kept_by_browsers(manager: Client, robot: User) -> None:
    answer = manager.post(ADD, {"user": robot.pk, "name": "collector", "days": "1"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "wrong",
    [{"user": "", "name": "x"}, {"user": "999999", "name": "x"}, {"name": ""}, {"name": "x", "days": "0"}],
)
def test_a_wrong_form_says_so_and_makes_nothing(manager: Client, robot: User, wrong: dict[str, str]) -> None:
    answer = manager.post(ADD, {"user": robot.pk, "name": "ok", "days": "1"} | wrong)
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_name_with_a_line_break_is_said_at_the_form(manager: Client, robot: User) -> None:
    answer = manager.post(ADD, {"user": robot.pk, "name": "a\x07b", "days": "1"})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_revoking_asks_first_and_then_refuses_the_token(manager: Client, robot: User) -> None:
    token = _make(manager, robot)
    page = reverse("admin:accounts_apitoken_revoke", args=[ApiToken.objects.get().token_key])
    assert "Revoke this token?" in manager.get(page).content.decode()
    assert ApiToken.objects.get().revoked_at is None
    manager.post(page, {"reason": "leaked"})
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/models").status_code == 401
    assert AuditEntry.objects.get(action="token.revoke").reason == "leaked"


def test_a_token_is_never_deleted_by_hand(manager: Client, robot: User) -> None:
    _make(manager, robot)
    page = reverse("admin:accounts_apitoken_delete", args=[ApiToken.objects.get().pk])
    assert manager.post(page, {"post": "yes"}).status_code == 302
    assert ApiToken.objects.exists()


def test_a_user_with_tokens_can_be_deleted(manager: Client, robot: User) -> None:
    _make(manager, robot)
    manager.post(reverse("admin:auth_user_delete", args=[robot.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=robot.pk).exists()
    assert AuditEntry.objects.get(action="user.delete").before["groups"] == ["viewer"]


@pytest.mark.parametrize("path", [ADD, "/admin/accounts/apitoken/"])
def test_an_operator_gets_no_tokens(sign_in: SignIn, path: str) -> None:
    client = sign_in("registry.add_deployment", "transfers.import_package")
    assert client.get(path).status_code == 403
    assert client.post(path, {}).status_code in {403, 405}


def test_a_refused_page_leaves_an_entry(sign_in: SignIn) -> None:
    sign_in("registry.view_modelversion").post(ADD, {})
    entry = AuditEntry.objects.get(action="access.denied")
    assert (entry.actor, entry.channel, entry.target) == ("maria", "admin", f"POST {ADD}")
    assert entry.detail == "lacks accounts.add_apitoken"


def test_no_token_of_a_superuser_is_made_by_less(manager: Client) -> None:
    boss = User.objects.create_superuser("boss")
    assert manager.post(ADD, {"user": boss.pk, "name": "x", "days": "1"}).status_code == 422
    assert not ApiToken.objects.exists()


def _change_user(client: Client, user: User, **changed: object) -> int:
    data = {
        "username": user.username,
        "first_name": "",
        "last_name": "",
        "email": "",
        "is_active": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "groups": [group.pk for group in user.groups.all()],
    } | changed
    page = reverse("admin:auth_user_change", args=[user.pk])
    return client.post(page, {name: value for name, value in data.items() if value}).status_code


def test_changed_groups_are_recorded_with_before_and_after(manager: Client, robot: User) -> None:
    operator = Group.objects.get(name="operator")
    assert _change_user(manager, robot, groups=[operator.pk]) == 302
    entry = AuditEntry.objects.get(action="user.change")
    assert (entry.actor, entry.target) == ("mona", "robot")
    assert (entry.before["groups"], entry.after["groups"]) == (["viewer"], ["operator"])


def test_a_deactivated_user_is_recorded_and_out(manager: Client, robot: User) -> None:
    token = _make(manager, robot)
    _change_user(manager, robot, is_active="")
    entry = AuditEntry.objects.get(action="user.change")
    assert (entry.before["is_active"], entry.after["is_active"]) == (True, False)
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/models").status_code == 401


def test_an_admin_cannot_become_a_superuser(manager: Client) -> None:
    mona = User.objects.get(username="mona")
    extra = Permission.objects.get(codename="change_auditentry")
    status = _change_user(manager, mona, is_staff="on", is_superuser="on", user_permissions=[extra.pk])
    mona.refresh_from_db()
    assert status == 302
    assert not mona.is_superuser
    assert not mona.user_permissions.exists()


def test_an_admin_cannot_change_a_superuser(manager: Client) -> None:
    boss = User.objects.create_superuser("boss", password="x")
    assert _change_user(manager, boss) == 403
    page = reverse("admin:auth_user_password_change", args=[boss.pk])
    assert manager.post(page, {"password1": "new words 77", "password2": "new words 77"}).status_code == 403
    assert User.objects.get(pk=boss.pk).password == boss.password


def test_a_new_user_gets_role_and_entry(chief: Client) -> None:
    viewer = Group.objects.get(name="viewer")
    answer = chief.post(
        reverse("admin:auth_user_add"),
        {"username": "nina", "usable_password": "false", "is_staff": "on", "groups": [viewer.pk]},
    )
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert User.objects.get(username="nina").groups.get() == viewer
    entry = AuditEntry.objects.get(action="user.create")
    assert (entry.target, entry.after["groups"]) == ("nina", ["viewer"])


def test_a_set_password_is_recorded_without_it(chief: Client, robot: User) -> None:
    page = reverse("admin:auth_user_password_change", args=[robot.pk])
    data = {
        "usable_password": "true",
        "password1": "zebra wagon 77",
        "password2": "zebra wagon 77",
        "set-password": "1",
    }
    assert chief.post(page, data).status_code == 302
    assert AuditEntry.objects.get(action="user.password").target == "robot"
    assert "zebra" not in str(list(AuditEntry.objects.values()))


def test_changed_permissions_of_a_group_are_recorded(chief: Client) -> None:
    client = Group.objects.get(name="client")
    more = Permission.objects.get(codename="view_anomaly")
    page = reverse("admin:auth_group_change", args=[client.pk])
    assert chief.post(page, {"name": "client", "permissions": [more.pk]}).status_code == 302
    entry = AuditEntry.objects.get(action="group.change")
    assert entry.before["permissions"] == ["registry.analyze"]
    assert entry.after["permissions"] == ["monitoring.view_anomaly"]


@pytest.mark.parametrize("name", ["auth_user", "auth_group", "accounts_apitoken"])
def test_the_lists_can_be_seen_by_the_role_admin(manager: Client, name: str) -> None:
    assert manager.get(reverse(f"admin:{name}_changelist")).status_code == 200
