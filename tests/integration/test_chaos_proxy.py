"""What stands behind the hub answers late, bit by bit or never: every caller has an answer in time.

Deadlines: scoring does not wait for the database or the shared limits; a call that needs the database is
given up after ``PATIENCE_S``; one call to a source or a receiver ends after its own total.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest

from tests import chaosproxy, live, services
from tests.asking import Answer, ask
from tests.chaosproxy import FAULTS, Proxy
from tests.integration.test_database_outages import ROBOT

pytestmark = [pytest.mark.slow, pytest.mark.service]
WORKERS, THREADS, HELPERS = 2, 8, 4
PATIENCE_S = 6.0
FAULT_S = 8.0
PREDICT = ("POST", "/api/v1/models/predict", {"features": [[0.0] * 32]})
LIST = ("GET", "/api/v1/models", b"")


@dataclass
class Calls:
    """Answers to the same question asked again and again."""

    port: int
    question: tuple[str, str, object]
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    def run(self, end: threading.Event) -> None:
        while not end.is_set():
            self.answers.append(ask(self.port, *self.question, timeout_s=120, **self.headers))
            time.sleep(0.05)

    @property
    def slowest_s(self) -> float:
        return max(answer.took_s for answer in self.answers)

    @property
    def statuses(self) -> set[int]:
        return {answer.status for answer in self.answers}


def asked(calls: list[Calls], seconds: float) -> None:
    """All of them ask for that long, and have their last answer."""
    end = threading.Event()
    threads = [threading.Thread(target=one.run, args=(end,)) for one in calls]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    end.set()
    for thread in threads:
        thread.join(150)


@dataclass(frozen=True, slots=True)
class Served:
    """A hub behind a proxy, a token that it knows, and how to count its connections to the server."""

    hub: live.Hub
    proxy: Proxy
    token: str
    database: str

    def connections(self) -> int:
        """Open connections to the hub's database, counted by the server."""
        with psycopg.connect(self.database) as connection:
            counted = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
            return int(connection.execute(counted).fetchone()[0])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers whose database is behind a proxy; both have scored with the token."""
    folder = tmp_path_factory.mktemp("chaos")
    with services.postgres(folder / "postgres") as server, live.own_database(server) as database:
        port = psycopg.conninfo.conninfo_to_dict(database)["port"]
        with chaosproxy.before(int(port)) as proxy:
            behind = database.replace(f":{port}/", f":{proxy.port}/")
            hub = live.hub(folder / "home", DATABASE_URL=behind, THROTTLE_READ="0")
            hub.prepare()
            hub.python(ROBOT)
            token = hub.manage("createtoken", "robot", "--name", "chaos", "--json").split('"')[3]
            with hub.serving(workers=WORKERS, log=folder / "web.log"):
                for _ in range(20):
                    assert ask(hub.port, *PREDICT, Authorization=f"Bearer {token}").status == 200
                    assert ask(hub.port, *LIST).status == 200
                yield Served(hub, proxy, token, database)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_database_behind_a_bad_network_delays_no_scoring_and_no_answer_for_ever(
    served: Served, fault: str
) -> None:
    bearer = {"Authorization": f"Bearer {served.token}"}
    scoring = [Calls(served.hub.port, PREDICT), Calls(served.hub.port, PREDICT, bearer)]
    managing = [Calls(served.hub.port, LIST), Calls(served.hub.port, LIST)]
    with served.proxy.behaving(FAULTS[fault]):
        asked(scoring + managing, FAULT_S)
    slowest_s = max(one.slowest_s for one in managing)
    print(
        f"{fault}: scored in {max(one.slowest_s for one in scoring):.2f} s at most, read in {slowest_s:.2f} s"
    )
    assert {status for one in scoring for status in one.statuses} == {200}
    assert {status for one in managing for status in one.statuses} <= {200, 503}
    assert max(one.slowest_s for one in scoring) < FAULTS["two seconds late"].latency_s
    assert slowest_s <= PATIENCE_S + 1
    back_s = time.monotonic()
    while ask(served.hub.port, *LIST).status != 200:
        assert time.monotonic() < back_s + 5
        time.sleep(0.1)
    assert served.connections() <= WORKERS * (THREADS + 2 + HELPERS)
