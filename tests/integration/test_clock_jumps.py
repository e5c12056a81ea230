"""The clock jumps by days, hours and a second under a serving hub: order, durations and access stay sane."""

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import live
from tests.asking import Answer, ask
from tests.clocks import DAY_S, HOUR_S, Clock

pytestmark = pytest.mark.slow
# A day ahead, a day behind, the hour of daylight saving, a leap second, and right again.
JUMPS_S = (DAY_S, -DAY_S, HOUR_S, -1, 0)
ROWS = {"features": [[float(place) for place in range(32)]]}
LINES = [{"message": "Accepted publickey for alice", "program": "sshd", "level": "INFO"}] * 3
PREPARED = (
    "import json; from django.contrib.auth.models import Group, User;"
    "from modelhub.accounts import tokens; from modelhub.actors import Actor, Channel;"
    "from tests.integration.conftest import register, train; register(train(1), '2.0.0');"
    "user = User.objects.create(username='robot'); user.groups.add(Group.objects.get(name='client'));"
    "print(json.dumps(tokens.issue(user, 'clock', Actor('tester', Channel.COMMAND), days=7)[1]))"
)


@dataclass
class Seen:
    """What a hub said while its clock jumped: answers, generations in their order, rows at the end."""

    answers: list[Answer] = field(default_factory=list)
    generations: list[int] = field(default_factory=list)
    expected: list[int] = field(default_factory=list)
    inference_s: list[float] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)
    scored: int = 0
    doctor: dict[str, Any] = field(default_factory=dict)
    database: Path = Path()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database after the last process ended."""
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchall()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A hub with two workers through all jumps, a deploy after each of them."""
    folder = tmp_path_factory.mktemp("clock")
    clock = Clock(folder / "clock")
    hub = live.hub(folder / "home", **clock.variables)
    hub.prepare()
    token = str(hub.python(PREPARED))
    seen = Seen(database=folder / "home" / "modelhub.sqlite3")
    with hub.serving(workers=2, log=folder / "web.log"):
        generation = 1
        for number, jump in enumerate(JUMPS_S):
            clock.set(jump)
            label = ("2.0.0", "1.0.0")[number % 2]
            swapped = ask(hub.port, "POST", f"/api/v1/models/{label}/deploy", {"reason": "clock"})
            seen.answers.append(swapped)
            generation += 1
            seen.expected.append(generation)
            seen.generations.append(until_current(hub.port, generation))
            for _ in range(3):
                score(hub.port, seen, token)
            time.sleep(1)  # one writing of the metrics under this clock
        clock.set(8 * DAY_S)
        seen.refused.append(
            ask(hub.port, "POST", "/api/v1/models/predict", ROWS, Authorization=f"Bearer {token}")
        )
        clock.set(0)
        score(hub.port, seen, token)
    seen.doctor = json.loads(hub.manage("doctor", "--json"))
    return seen


def score(port: int, seen: Seen, token: str) -> None:
    """Rows with the token, lines without."""
    predicted = ask(port, "POST", "/api/v1/models/predict", ROWS, Authorization=f"Bearer {token}")
    analyzed = ask(port, "POST", "/api/v1/models/analyze", LINES)
    seen.answers += [predicted, analyzed]
    seen.scored += 2
    seen.inference_s.append(analyzed.body["summary"]["inference_time"])


def until_current(port: int, generation: int) -> int:
    """The generation that ten answers in a row name, once every process has swapped or patience ends."""
    deadline = time.monotonic() + 15
    while True:
        answers = [ask(port, "POST", "/api/v1/models/analyze", []) for _ in range(10)]
        named = {answer.body["model"]["generation"] for answer in answers}
        if named == {generation} or time.monotonic() > deadline:
            return max(named, key=lambda one: one == generation)
        time.sleep(0.1)


def test_every_call_is_answered_whatever_the_clock_says(seen: Seen) -> None:
    assert [answer for answer in seen.answers if answer.status != 200] == []


def test_each_process_swaps_in_the_order_of_generations(seen: Seen) -> None:
    assert seen.generations == seen.expected


def test_no_duration_is_negative_in_answers_or_rows(seen: Seen) -> None:
    measured = seen.rows(
        "SELECT duration_min_s, duration_max_s, duration_sum_s FROM monitoring_inferencemetric"
    )
    assert min(seen.inference_s) >= 0
    assert measured
    assert min(value for row in measured for value in row) >= 0


def test_nothing_scored_is_lost_or_counted_twice(seen: Seen) -> None:
    counted = "SELECT sum(requests), (SELECT sum(lost) FROM monitoring_meteredprocess)"
    assert seen.rows(f"{counted} FROM monitoring_inferencemetric") == [(seen.scored, 0)]


def test_the_history_of_deployments_never_runs_backwards(seen: Seen) -> None:
    begun = seen.rows("SELECT deployed_at, ended_at FROM registry_deployment ORDER BY generation")
    moments = [moment for row in begun for moment in row if moment is not None]
    assert moments == sorted(moments)


def test_a_token_is_good_until_its_day_by_the_clock_and_again_when_that_was_wrong(seen: Seen) -> None:
    assert {(answer.status, answer.code) for answer in seen.refused} == {(401, "token_expired")}
    assert seen.answers[-2].status == 200


def test_the_audit_trail_and_the_store_are_sound(seen: Seen) -> None:
    assert seen.doctor["ok"], seen.doctor
