"""Versions are swapped while clients score: no call fails, none is answered by two versions at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import live, services, swapdriving
from tests.swapdriving import LABELS, Answers, Change

pytestmark = pytest.mark.slow
CHANGES, CLIENTS, WORKERS = 6, 4, 2
PAUSE_S = 0.01
CONVERGED_S = 2.0
PATIENCE_S = 8.0  # the contract is two seconds; a busy build machine gets more


@dataclass(frozen=True, slots=True)
class Swapped:
    """The changes that were made, and all answers from before the first to after the last one."""

    changes: list[Change]
    answers: Answers


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def swapped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swapped]:
    """Six deployments and rollbacks under four clients on two workers."""
    folder = tmp_path_factory.mktemp("swap")
    if request.param == "sqlite":
        yield _swapped(live.hub(folder / "home", THROTTLE_OPERATE="0", THROTTLE_READ="0"), folder)
        return
    with services.postgres(folder) as server, live.own_database(server) as url:
        hub = live.hub(folder / "home", DATABASE_URL=url, THROTTLE_OPERATE="0", THROTTLE_READ="0")
        yield _swapped(hub, folder)


def _swapped(hub: live.Hub, folder: Path) -> Swapped:
    swapdriving.prepare(hub)
    with hub.serving(workers=WORKERS, log=folder / "web.log"):
        calls = swapdriving.calls(hub.features())
        judge = swapdriving.judge_of(hub.port, calls)
        with swapdriving.asking(hub.port, calls, judge, count=CLIENTS, pause_s=PAUSE_S) as answers:
            changes = [
                swapdriving.change(
                    hub.port,
                    LABELS[(number + 1) % 2],
                    workers=WORKERS,
                    verb="rollback" if number % 2 else "deploy",
                    limit_s=PATIENCE_S,
                )
                for number in range(CHANGES)
            ]
        return Swapped(changes, answers)


def test_no_call_fails(swapped: Swapped) -> None:
    assert swapped.answers.failed == 0
    assert len(swapped.answers.exchanges) > 10 * CHANGES


def test_every_answer_belongs_to_one_version(swapped: Swapped) -> None:
    assert swapped.answers.mixed == []
    assert {exchange.version for exchange in swapped.answers.exchanges} == set(LABELS)


def test_a_generation_is_always_answered_by_the_version_deployed_for_it(swapped: Swapped) -> None:
    known = {change.generation: change.label for change in swapped.changes}
    answered = {(e.generation, e.version) for e in swapped.answers.exchanges if e.generation in known}
    assert answered
    assert answered <= set(known.items())


def test_every_process_follows_within_seconds(swapped: Swapped) -> None:
    took = [change.converged_s for change in swapped.changes]
    print("seconds until all followed:", [None if s is None else round(s, 2) for s in took])
    assert None not in took
    late = [s for s in took if s is not None and s > CONVERGED_S]
    assert len(late) <= CHANGES // 2
