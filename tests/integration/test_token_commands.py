"""``createtoken`` and ``revoketoken``: a token that works, printed once, and one that stops working."""

import json
import re
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from modelhub.accounts.models import ApiToken
from modelhub.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def vera() -> User:
    """A viewer."""
    user = User.objects.create_user("vera")
    user.groups.add(Group.objects.get(name="viewer"))
    return user


def _create(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("createtoken", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def _status(token: str) -> int:
    return Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/models").status_code


@pytest.mark.usefixtures("vera")
def test_stdout_is_the_token_and_nothing_else() -> None:
    out, err = _create("vera", "--name", "dashboard")
    assert re.fullmatch(r"mh_[0-9a-f]{64}\n", out)
    assert out.strip() not in err
    assert _status(out.strip()) == 200


@pytest.mark.usefixtures("vera")
def test_json_has_the_token_and_what_belongs_to_it() -> None:
    data = json.loads(_create("vera", "--name", "dashboard", "--days", "7", "--json")[0])
    assert _status(data["token"]) == 200
    assert data["token"].startswith(data["key"])
    assert (data["user"], data["name"]) == ("vera", "dashboard")


@pytest.mark.usefixtures("vera")
@pytest.mark.parametrize(("arguments", "days"), [((), 90), (("--days", "7"), 7)])
def test_a_token_ends_after_its_days(arguments: tuple[str, ...], days: int) -> None:
    _create("vera", "--name", "dashboard", *arguments)
    expiry = ApiToken.objects.get().expiry
    assert expiry is not None
    assert round((expiry - timezone.now()).total_seconds() / 86_400) == days


@pytest.mark.usefixtures("vera")
def test_never_means_never() -> None:
    _create("vera", "--name", "dashboard", "--never")
    assert ApiToken.objects.get().expiry is None


@pytest.mark.usefixtures("vera")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nobody", "--name", "x"), 1),
        (("a\x00b", "--name", "x"), 1),
        (("vera", "--name", ""), 1),
        (("vera", "--name", "x", "--days", "0"), 1),
        (("vera",), None),
    ],
)
def test_what_cannot_be_made_is_said(arguments: tuple[str, ...], code: int | None) -> None:
    with pytest.raises(CommandError) as left:
        _create(*arguments)
    if code is not None:
        assert left.value.returncode == code
    assert not ApiToken.objects.exists()


@pytest.mark.usefixtures("vera")
def test_a_revoked_token_stops_working() -> None:
    token = _create("vera", "--name", "dashboard")[0].strip()
    out = StringIO()
    call_command("revoketoken", ApiToken.objects.get().token_key, "--reason", "leaked", stdout=out)
    assert "is revoked" in out.getvalue()
    assert _status(token) == 401
    entry = AuditEntry.objects.get(action="token.revoke")
    assert (entry.channel, entry.reason) == ("command", "leaked")


@pytest.mark.parametrize("key", ["mh_unknown", "", "a\x00b"])
def test_an_unknown_key_is_said(key: str) -> None:
    with pytest.raises(CommandError, match="no token"):
        call_command("revoketoken", key)
