"""Every answer carries the id of its request, every entry and log line the same one."""

import json
import logging

import pytest
from celery import shared_task
from django.core.management import call_command
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from modelhub import logs
from modelhub.actors import Origin, origin, placed, terminal
from modelhub.api.addresses import address_of
from modelhub.commands import HubCommand

ADDRESS = "/api/v1/models"


@pytest.mark.django_db
def test_a_well_formed_request_id_comes_back() -> None:
    answer = Client().get(ADDRESS, headers={"Host": "localhost", "X-Request-Id": "build-7.1_a"})
    assert answer["X-Request-Id"] == "build-7.1_a"


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "a b", "a\tb", "x" * 65, "a/b", "é", "<script>"])
def test_any_other_request_id_is_replaced(given: str) -> None:
    answer = Client().get(ADDRESS, headers={"Host": "localhost", "X-Request-Id": given})
    assert len(answer["X-Request-Id"]) == 32
    assert answer["X-Request-Id"].isalnum()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/models/none/info", "/health/live", "/admin/login/"]
)
def test_answers_of_every_kind_carry_the_id(path: str) -> None:
    answer = Client().get(path, headers={"Host": "localhost", "X-Request-Id": "r1"})
    assert answer["X-Request-Id"] == "r1"


@pytest.mark.django_db
def test_a_problem_names_the_request() -> None:
    answer = Client().get("/api/v1/models/none/info", headers={"Host": "localhost", "X-Request-Id": "r1"})
    assert answer.json()["request_id"] == "r1"


@pytest.mark.django_db
def test_nothing_of_a_request_is_left_when_it_is_over() -> None:
    Client().get(ADDRESS, headers={"Host": "localhost", "X-Request-Id": "r1"})
    assert origin.get() == Origin()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, " , ", "10.0.0.1"),
    ],
)
def test_the_address_is_believed_as_far_as_proxies_are_configured(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"NUM_PROXIES": proxies}
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers={"X-Forwarded-For": forwarded})
    assert address_of(request) == address


def test_a_log_line_inside_a_request_carries_its_id() -> None:
    record = logging.makeLogRecord({"msg": "something", "levelname": "INFO"})
    with placed("192.0.2.1", request_id="r1"):
        line = json.loads(logs.JsonLines().format(record))
    assert line["request_id"] == "r1"
    assert "request_id" not in json.loads(logs.JsonLines().format(record))


@pytest.mark.django_db
def test_django_s_own_line_about_a_failed_request_carries_its_id(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/api/v1/nothing", headers={"Host": "localhost", "X-Request-Id": "r1"})
    line = json.loads(logs.JsonLines().format(caplog.records[-1]))
    assert (line["logger"], line["request_id"]) == ("django.request", "r1")


def test_a_command_has_an_id_and_the_place_it_runs_at() -> None:
    class Seen(HubCommand):
        requires_system_checks = ()
        origin = Origin()

        def handle(self, *args: object, **options: object) -> None:
            self.origin = origin.get()

    command = Seen()
    call_command(command)
    assert len(command.origin.request_id) == 32
    assert command.origin.address == terminal()
    assert origin.get() == Origin()


@shared_task(name="tests.see_origin")
def _see_origin() -> tuple[str, str]:
    here = origin.get()
    return here.request_id, here.address


def test_a_task_has_its_own_id_and_place() -> None:
    import modelhub.celery  # noqa: F401 (connects the signals, as a worker does)

    ran = _see_origin.apply()
    assert ran.result == (ran.id, terminal())
    assert origin.get() == Origin()


def test_a_task_sent_by_a_request_works_under_the_request_s_id() -> None:
    import modelhub.celery  # noqa: F401

    ran = _see_origin.apply(headers={"modelhub_request_id": "r1"})
    assert ran.result[0] == "r1"
