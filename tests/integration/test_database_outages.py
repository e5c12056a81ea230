"""The database server is restarted, crashes and stays away, under load: scoring goes on, nothing breaks.

The outage lasts ``OUTAGE_S`` seconds; set the environment variable to 30 to run it as an operator would.
"""

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests import live, services

pytestmark = [pytest.mark.slow, pytest.mark.service]
OUTAGE_S = float(os.environ.get("OUTAGE_S", "3"))
LINES = [
    {
        "message": f"Accepted publickey for alice from 10.0.0.{i} port 4{i:04d} ssh2",
        "program": "sshd",
        "level": "INFO",
        "timestamp": f"2026-03-02T08:00:{i % 60:02d}Z",
    }
    for i in range(40)
]
ANALYZE = ("POST", "/api/v1/models/analyze", json.dumps(LINES).encode())
PREDICT = ("POST", "/api/v1/models/predict", json.dumps({"features": [[0.0] * 32]}).encode())
LIST = ("GET", "/api/v1/model-management/models", b"")
DEACTIVATE = ("POST", "/api/v1/models/1.0.0/deactivate", b"{}")


ROBOT = (
    "from django.contrib.auth.models import Group, User;"
    "User.objects.create(username='robot').groups.add(Group.objects.get(name='client')); print('null')"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One exchange: when it ended (monotonic), how long it took, and what was said."""

    at_s: float
    took_s: float
    status: int
    code: str
    retry_after: str | None


@dataclass
class Caller:
    """One client that asks the same again and again."""

    port: int
    request: tuple[str, str, bytes]
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    def ask(self) -> Answer:
        method, path, body = self.request
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {"Host": "localhost", "Content-Type": "application/json"} | self.headers
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            data = response.read()
            code = "" if response.status == 200 else json.loads(data).get("code", "")
            retry_after = response.getheader("Retry-After")
            ended = time.monotonic()
            return Answer(ended, ended - started, response.status, code, retry_after)
        finally:
            connection.close()

    def run(self, end: threading.Event) -> None:
        while not end.is_set():
            self.answers.append(self.ask())
            time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Served:
    """A hub with its database server, clients that score and clients that manage."""

    hub: live.Hub
    server: services.OwnPostgres
    scoring: list[Caller]
    managing: list[Caller]


@contextmanager
def asking(*callers: Caller) -> Iterator[None]:
    """The callers at work until the block ends; every one of them has been answered by then."""
    end = threading.Event()
    for caller in callers:
        caller.answers.clear()
    threads = [threading.Thread(target=caller.run, args=(end,)) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join(40)
    assert all(caller.answers for caller in callers)


def recovered_s(caller: Caller, since_s: float) -> float:
    """Seconds from ``since_s`` until the caller's answers were good and stayed good."""
    later = [answer for answer in caller.answers if answer.at_s > since_s]
    bad = [answer.at_s for answer in later if answer.status == 503]
    assert later, "nothing was asked after the server came back"
    assert later[-1].status != 503, later[-5:]
    return max(bad, default=since_s) - since_s


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A hub on a PostgreSQL server of its own, two web workers, ``default:1.0.0`` loaded, and a token."""
    folder = tmp_path_factory.mktemp("outage")
    with services.own_postgres() as server:
        hub = live.hub(
            folder / "home",
            DATABASE_URL=server.url,
            MODELHUB_PROFILE="development",
            THROTTLE_READ="0",
            THROTTLE_OPERATE="0",
        )
        hub.prepare()
        hub.python(ROBOT)
        token = json.loads(hub.manage("createtoken", "robot", "--name", "outage", "--json"))["token"]
        with hub.serving(workers=2, log=folder / "web.log"):
            scoring = [
                Caller(hub.port, ANALYZE),
                Caller(hub.port, PREDICT),
                Caller(hub.port, ANALYZE, {"Authorization": f"Bearer {token}"}),
            ]
            for caller in scoring * 20:  # both workers have opened connections and know the token
                assert caller.ask().status == 200
            yield Served(hub, server, scoring, [Caller(hub.port, LIST), Caller(hub.port, DEACTIVATE)])


def check(served: Served, back_at_s: float) -> None:
    """What every outage must leave: scoring undisturbed, honest refusals, a sound hub."""
    scored = [answer for caller in served.scoring for answer in caller.answers]
    assert {answer.status for answer in scored} == {200}, [a for a in scored if a.status != 200][:5]
    managed = [answer for caller in served.managing for answer in caller.answers]
    refusals = [answer for answer in managed if answer.status == 503]
    assert {answer.status for answer in managed} <= {200, 409, 503}
    said = {(answer.code, bool(answer.retry_after)) for answer in refusals}
    assert said <= {("database_unavailable", True)}
    recovery = max(recovered_s(caller, back_at_s) for caller in served.managing)
    print(
        f"scored {len(scored)} times, slowest {max(a.took_s for a in scored):.2f} s; "
        f"{len(refusals)} refusals, slowest {max((a.took_s for a in refusals), default=0):.2f} s; "
        f"recovered after {recovery:.2f} s"
    )
    doctor = json.loads(served.hub.manage("doctor", "--json"))
    assert doctor["ok"], doctor


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_the_server_is_no_failure_of_scoring(served: Served, mode: str) -> None:
    with asking(*served.scoring, *served.managing):
        time.sleep(1)
        served.server.stop(mode)
        served.server.start()
        back_at_s = time.monotonic()
        time.sleep(6)
    check(served, back_at_s)


def test_scoring_goes_on_through_an_outage_and_management_says_when_to_come_back(served: Served) -> None:
    with asking(*served.scoring, *served.managing):
        time.sleep(1)
        served.server.stop("immediate")
        time.sleep(OUTAGE_S)
        served.server.start()
        back_at_s = time.monotonic()
        time.sleep(6)
    assert any(answer.status == 503 for caller in served.managing for answer in caller.answers)
    check(served, back_at_s)
