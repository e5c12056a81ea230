"""Nobody gets anywhere without credentials: every address of the hub, every method."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from pytest_django.fixtures import Settings

from tests.walking import API, EVERY_METHOD, addresses

LOGIN = "/admin/login/"
ICON = "/favicon.ico"  # leads to a static file
OPEN = {
    "/health/live": "probes have no credentials",
    "/health/ready": "probes have no credentials",
    LOGIN: "where one signs in",
}
METRICS = "/metrics"  # for programs as the API is, outside of its prefix
ALL = addresses()
PROGRAMS = [one for one in ALL if one.path.startswith(API) or one.path == METRICS]


@pytest.fixture
def stranger(settings: Settings, db: None) -> Client:
    """Somebody in the production profile who presents nothing."""
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False}
    return Client(raise_request_exception=False)


def test_the_walk_knows_the_house() -> None:
    paths = {one.path for one in ALL}
    assert {"/api/v1/models/analyze", "/api/v1/schema", "/health/live", METRICS, LOGIN} <= paths
    assert len(paths) > 60


def test_every_path_of_the_walk_is_an_address() -> None:
    lost = []
    for one in ALL:
        try:
            resolve(one.path)
        except Resolver404:
            lost.append(one.path)
    assert not lost


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_the_api_answers_401_to_everything(stranger: Client, method: str) -> None:
    answers = {one.path: stranger.generic(method, one.path) for one in PROGRAMS}
    assert {path: a.status_code for path, a in answers.items() if a.status_code != 401} == {}
    assert {a["WWW-Authenticate"] for a in answers.values()} == {'Bearer realm="modelhub"'}


@pytest.mark.parametrize("slash", ["", "/"], ids=["without slash", "with slash"])
def test_a_trailing_slash_opens_nothing(stranger: Client, slash: str) -> None:
    paths = [one.path.rstrip("/") + slash for one in PROGRAMS]
    assert {path for path in paths if stranger.post(path).status_code != 401} == set()


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_pages_lead_to_the_sign_in_page(stranger: Client, method: str) -> None:
    opened = {}
    for one in ALL:
        if one in PROGRAMS or one.path in {*OPEN, ICON}:
            continue
        answer = stranger.generic(method, one.path)
        leads_to = urlsplit(answer.headers.get("Location", "")).path
        if answer.status_code != 405 and leads_to not in {LOGIN, "/admin/", one.path + "/"}:
            opened[one.path] = answer.status_code
    assert opened == {}


def test_only_these_are_open(stranger: Client) -> None:
    answers = {one.path: stranger.get(one.path).status_code for one in ALL}
    assert {path for path, status in answers.items() if status in {200, 503}} == set(OPEN)


def test_the_documented_curl_lines_need_a_token_in_production(stranger: Client) -> None:
    answer = stranger.post("/api/v1/models/analyze", b"[]", content_type="application/json")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
