"""Calls without credentials work from loopback in the development profile, and nowhere else."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from modelhub.accounts.caller import Caller
from modelhub.api import access
from modelhub.errors import AccessDenied, Code


def _caller(**headers: str) -> Caller | None:
    peer = headers.pop("peer", "127.0.0.1")
    headers.setdefault("Host", "localhost:8000")
    request = RequestFactory(headers=headers).get("/api/v1/models", REMOTE_ADDR=peer)
    return access.identify(request)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "localhost"])
def test_curl_from_loopback_is_the_developer(host: str) -> None:
    caller = _caller(Host=host)
    assert caller is not None
    assert caller.name == access.DEVELOPER_NAME


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"X-Real-Ip": "127.0.0.1"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:8000"},
        {"peer": "192.168.1.20"},
        {"peer": "not an address"},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://localhost:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: next(f"{k}={v}" for k, v in headers.items()),
)
def test_every_guard_closes_the_door(headers: dict[str, str]) -> None:
    assert _caller(**headers) is None


@pytest.mark.django_db
@pytest.mark.parametrize("credential", ["Bearer revoked", "Basic eDp5", ""])
def test_a_wrong_credential_never_becomes_the_developer(credential: str) -> None:
    with pytest.raises(AccessDenied) as refused:
        _caller(Authorization=credential)
    assert refused.value.code == Code.NOT_AUTHENTICATED


def test_our_own_page_may_call() -> None:
    assert _caller(Origin="http://localhost:8000", **{"Sec-Fetch-Site": "same-origin"}) is not None


def test_a_listed_front_end_may_call(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"DEV_ORIGINS": ["http://localhost:3000"]}
    assert _caller(Origin="http://localhost:3000", **{"Sec-Fetch-Site": "same-site"}) is not None


def test_production_has_no_developer(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False}
    assert _caller() is None


def test_the_developer_operates_but_neither_deletes_nor_forces() -> None:
    caller = _caller()
    assert caller is not None
    assert caller.may("registry.add_deployment")
    assert not caller.may("registry.delete_modelversion")
    assert not caller.may("auth.add_user")


@pytest.mark.django_db
def test_a_signed_in_user_is_limited_by_permissions() -> None:
    user = User.objects.create_user("ada", password="x")
    request = RequestFactory().get("/api/v1/models")
    request.user = user
    with pytest.raises(AccessDenied) as refused:
        access.require(request, "registry.analyze")
    assert refused.value.code == Code.PERMISSION_DENIED
    user.user_permissions.add(Permission.objects.get(codename="analyze"))
    request.user = User.objects.get(pk=user.pk)
    assert access.require(request, "registry.analyze").name == "ada"
