"""Calls without credentials: every row of the guard table, on reading, on a body-less change, on scoring."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from modelhub.registry.models import ModelVersion

pytestmark = pytest.mark.django_db

CALLS = {
    "read": ("GET", "/api/v1/models"),
    "body-less change": ("POST", "/api/v1/models/none/load"),
    "score": ("POST", "/api/v1/models/analyze"),
}
LET_IN = {
    "localhost": {},
    "127.0.0.1": {"Host": "127.0.0.1:8000"},
    "[::1]": {"Host": "[::1]:8000", "peer": "::1"},
    "IPv4 mapped into IPv6": {"peer": "::ffff:127.0.0.1"},
    "own page, same origin": {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"},
    "typed into the address bar": {"Sec-Fetch-Site": "none"},
    "listed front end": {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-site"},
}
KEPT_OUT = {
    "X-Forwarded-For": {"X-Forwarded-For": "127.0.0.1"},
    "Forwarded": {"Forwarded": "for=127.0.0.1"},
    "Via": {"Via": "1.1 proxy"},
    "X-Real-Ip": {"X-Real-Ip": "127.0.0.1"},
    "X-Forwarded-Host": {"X-Forwarded-Host": "localhost"},
    "LAN peer": {"peer": "192.168.1.20"},
    "LAN peer by IPv6": {"peer": "fe80::1"},
    "mapped LAN peer": {"peer": "::ffff:192.168.1.20"},
    "bridge of a container": {"peer": "172.17.0.1"},
    "no peer known": {"peer": ""},
    "Origin null": {"Origin": "null"},
    "foreign Origin": {"Origin": "http://evil.example"},
    "other port as Origin": {"Origin": "http://localhost:3000"},
    "other scheme as Origin": {"Origin": "https://localhost:8000"},
    "cross-site fetch": {"Sec-Fetch-Site": "cross-site"},
    "same-site fetch": {"Sec-Fetch-Site": "same-site"},
    "wrong token": {"Authorization": "Bearer wrong"},
    "other scheme": {"Authorization": "Basic eDp5"},
    "empty credential": {"Authorization": ""},
    "ended session": {"Cookie": "sessionid=0123456789abcdef0123456789abcdef"},
}


@pytest.fixture(autouse=True)
def listed_front_end(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"DEV_ORIGINS": ["http://localhost:5173"]}


def _call(kind: str, headers: dict[str, str]) -> int:
    method, path = CALLS[kind]
    sent = {"Host": "localhost:8000"} | headers
    peer = sent.pop("peer", "127.0.0.1")
    client = Client(headers=sent, REMOTE_ADDR=peer)
    if cookie := sent.get("Cookie"):
        client.cookies.load(cookie)
    return client.generic(method, path, b"[]", content_type="application/json").status_code


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("row", LET_IN)
def test_the_developer_gets_in(row: str, kind: str) -> None:
    assert _call(kind, LET_IN[row]) not in {400, 401, 403}


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("row", KEPT_OUT)
def test_everybody_else_is_asked_for_credentials(row: str, kind: str) -> None:
    assert _call(kind, KEPT_OUT[row]) == 401


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8000", "127.0.0.1.nip.example"])
def test_a_rebound_host_name_is_not_served(host: str, kind: str) -> None:
    assert _call(kind, {"Host": host}) == 400


@pytest.mark.parametrize("kind", CALLS)
def test_a_host_that_is_served_but_not_local_needs_credentials(kind: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["hub.example.org"]
    assert _call(kind, {"Host": "hub.example.org"}) == 401


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(
    "changed", [{"DEV_ANONYMOUS": False}, {"NUM_PROXIES": 1}], ids=["production", "proxy"]
)
def test_the_door_is_shut_by_the_set_up(changed: dict[str, int], kind: str, settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | changed
    assert _call(kind, {}) == 401


def test_a_foreign_page_changes_nothing(deployed_version: ModelVersion) -> None:
    headers = {"Host": "localhost:8000", "Origin": "null", "Sec-Fetch-Site": "cross-site"}
    answer = Client(headers=headers).post(f"/api/v1/models/{deployed_version.label}/deactivate")
    assert answer.status_code == 401
    assert ModelVersion.objects.get(pk=deployed_version.pk).is_active


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/model-management/none"),
        ("GET", "/api/v1/audit"),
    ],
)
def test_the_developer_is_an_operator_and_no_admin(method: str, path: str) -> None:
    client = Client(headers={"Host": "localhost:8000"})
    assert client.generic(method, path).status_code == 403
