"""The database server is frozen, not ended: it keeps every connection open and never answers."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests import live, services
from tests.integration.test_database_outages import ANALYZE, LIST, PREDICT, ROBOT, Answer, Caller, asking

pytestmark = [pytest.mark.slow, pytest.mark.service]
FROZEN_S = 10.0
ANOTHER_VERSION = ("POST", "/api/v1/models/predict?version=1.0.0", PREDICT[2])
UNKNOWN_MODEL = ("POST", "/api/v1/models/predict?model=never-heard-of", PREDICT[2])


@dataclass(frozen=True, slots=True)
class Silence:
    """Callers by what they ask, and when (monotonic) the server fell silent and spoke again."""

    scoring: list[Caller]
    looking_up: list[Caller]
    managing: list[Caller]
    from_s: float
    to_s: float

    def during(self, callers: list[Caller]) -> list[Answer]:
        """What they were answered while the server was silent."""
        return [a for caller in callers for a in caller.answers if self.from_s < a.at_s < self.to_s]

    def figures(self, callers: list[Caller]) -> str:
        """Number of answers and the slowest one before and during the silence."""
        before = [a.took_s for caller in callers for a in caller.answers if a.at_s < self.from_s]
        during = [answer.took_s for answer in self.during(callers)]
        return f"{len(before)} before, slowest {max(before):.2f} s; {len(during)} during, {max(during):.2f} s"


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Silence]:
    """A hub on a server of its own that was frozen for some seconds while everybody asked."""
    folder = tmp_path_factory.mktemp("silence")
    with services.own_postgres() as server:
        hub = live.hub(folder / "home", DATABASE_URL=server.url, THROTTLE_READ="0")
        hub.prepare()
        hub.python(ROBOT)
        token = json.loads(hub.manage("createtoken", "robot", "--name", "silence", "--json"))["token"]
        with hub.serving(workers=2, log=folder / "web.log"):
            known = {"Authorization": f"Bearer {token}"}
            scoring = [Caller(hub.port, ANALYZE, known), Caller(hub.port, PREDICT)]
            looking_up = [Caller(hub.port, ANOTHER_VERSION), Caller(hub.port, UNKNOWN_MODEL)]
            managing = [Caller(hub.port, LIST)]
            everybody = scoring + looking_up + managing
            for caller in everybody * 20:  # both workers have opened connections and know the token
                caller.ask()
            with asking(*everybody):
                time.sleep(1)
                server.freeze()
                from_s = time.monotonic()
                time.sleep(FROZEN_S)
                to_s = time.monotonic()
                server.thaw()
                time.sleep(4)
            found = Silence(scoring, looking_up, managing, from_s, to_s)
            for name in ("scoring", "looking_up", "managing"):
                print(f"{name}: {found.figures(getattr(found, name))}")
            yield found


def test_scoring_goes_on_while_the_database_says_nothing(silence: Silence) -> None:
    answers = silence.during(silence.scoring)
    assert {answer.status for answer in answers} == {200}
    assert len(answers) > 40  # callers that wait for the server get a handful in that time


def test_a_call_that_must_ask_is_refused_and_told_to_come_back(silence: Silence) -> None:
    for caller in silence.looking_up + silence.managing:
        refusals = silence.during([caller])[1:]  # the first may have been under way before
        assert {(a.status, a.code, bool(a.retry_after)) for a in refusals} == {
            (503, "database_unavailable", True)
        }


def test_refusals_do_not_wait_for_the_server_once_it_is_known_to_be_silent(silence: Silence) -> None:
    assert len(silence.during(silence.managing)) > 10


def test_everything_is_as_before_once_the_server_speaks_again(silence: Silence) -> None:
    last = [caller.answers[-1].status for caller in silence.scoring + silence.looking_up + silence.managing]
    assert last == [200, 200, 200, 404, 200]
