"""The queue in front of the database: one thread writes for all, nobody waits for long, nothing grows."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError

from monitoring import anomaly_queue
from monitoring.anomaly_queue import AnomalyQueue, Kept
from monitoring.recording import Recorded, Run, Sighting

LONG_S = 20.0  # far more than a test takes: whoever waits that long has failed


def run(name: str = "r", rows: int = 1, message: str = "x") -> Run:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    one = Sighting("id", "content", moment, "", "", "", message, 1.0, 0.5, 50.0, ())
    return Run(None, name, [one] * rows)  # type: ignore[arg-type]  # the version is only passed on


class Table:
    """A database in memory that can be stopped, be away, or refuse runs by name."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.answers.set()
        self.is_away = False
        self.refused: set[str] = set()
        self.groups: list[list[str]] = []

    def write(self, runs: Sequence[Run]) -> list[Recorded]:
        assert self.answers.wait(LONG_S)
        if self.is_away:
            raise OperationalError("the server closed the connection")
        if self.refused & {one.name for one in runs}:
            raise ValueError("not for me")
        self.groups.append([one.name for one in runs])
        return [Recorded(new=len(one.sightings)) for one in runs]

    @property
    def names(self) -> list[str]:
        return [name for group in self.groups for name in group]


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def queue(table: Table) -> Iterator[AnomalyQueue]:
    made = AnomalyQueue(table.write)
    yield made
    table.is_away = False
    table.answers.set()
    made.end()


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + LONG_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def stopped(table: Table, queue: AnomalyQueue) -> None:
    """The table answers nobody, and the queue knows."""
    table.answers.clear()
    queue.keep(run("first"), wait_s=0.0)
    until(queue._is_stuck)


def test_the_caller_hears_what_became_of_its_run(queue: AnomalyQueue) -> None:
    assert queue.keep(run(rows=3), wait_s=LONG_S) == Kept(Recorded(new=3))
    assert queue.waiting == 0


def test_what_comes_during_a_write_is_written_together(queue: AnomalyQueue, table: Table) -> None:
    table.answers.clear()
    for place in range(6):
        queue.keep(run(str(place)), wait_s=0.0)
    until(lambda: queue._busy_since_s is not None)
    table.answers.set()
    until(lambda: not queue.waiting)
    assert table.names == [str(place) for place in range(6)]
    assert len(table.groups) <= 3


def test_one_write_is_bounded(queue: AnomalyQueue, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anomaly_queue, "ROWS_AT_ONCE", 5)
    table.answers.clear()
    for place in range(7):
        queue.keep(run(str(place), rows=3), wait_s=0.0)
    table.answers.set()
    until(lambda: not queue.waiting)
    assert max(map(len, table.groups)) == 1


def test_a_caller_waits_no_longer_than_it_says(queue: AnomalyQueue, table: Table) -> None:
    table.answers.clear()
    assert queue.keep(run(rows=2), wait_s=0.01) == Kept(waiting=2)
    assert queue.waiting == 2


def test_nobody_waits_while_the_database_is_stuck(queue: AnomalyQueue, table: Table) -> None:
    stopped(table, queue)
    started = time.monotonic()
    assert queue.keep(run(), wait_s=LONG_S).waiting == 1
    assert time.monotonic() - started < LONG_S / 2


def test_what_waited_is_written_when_the_database_is_back(queue: AnomalyQueue, table: Table) -> None:
    table.is_away = True
    assert queue.keep(run("before"), wait_s=0.05) == Kept(waiting=1)
    until(lambda: queue._problem)
    queue.keep(run("after"), wait_s=LONG_S)
    table.is_away = False
    until(lambda: not queue.waiting)
    assert table.names == ["before", "after"]
    assert queue.keep(run(), wait_s=LONG_S) == Kept(Recorded(new=1))


def test_a_run_that_is_refused_does_not_take_others_with_it(queue: AnomalyQueue, table: Table) -> None:
    table.refused = {"bad"}
    stopped(table, queue)
    for name in ("a", "bad", "b"):
        queue.keep(run(name), wait_s=0.0)
    table.answers.set()
    until(lambda: not queue.waiting)
    assert table.names == ["first", "a", "b"]
    assert queue.keep(run("bad", rows=2), wait_s=LONG_S) == Kept(refused=2)
    assert queue.lost == 3


@pytest.mark.parametrize(("limit", "most"), [("MOST_ROWS", 4), ("MOST_CHARACTERS", 40)])
def test_what_does_not_fit_is_lost_and_counted(
    queue: AnomalyQueue, table: Table, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(anomaly_queue, limit, most)
    stopped(table, queue)
    assert queue.keep(run(rows=3, message="x" * 13), wait_s=0.0) == Kept(waiting=3)
    assert queue.keep(run(rows=2, message="x" * 13), wait_s=0.0) == Kept(lost=2)
    assert (queue.waiting, queue.lost) == (4, 2)


def test_the_end_writes_what_waits(table: Table) -> None:
    queue = AnomalyQueue(table.write)
    table.answers.clear()
    for place in range(3):
        queue.keep(run(str(place)), wait_s=0.0)
    threading.Timer(0.05, table.answers.set).start()
    queue.end()
    assert table.names == ["0", "1", "2"]


def test_the_end_tries_once_more_what_had_failed(table: Table) -> None:
    queue = AnomalyQueue(table.write)
    table.is_away = True
    queue.keep(run(), wait_s=0.0)
    until(lambda: queue._problem)
    table.is_away = False
    queue.end()
    assert table.names == ["r"]


def test_what_the_end_cannot_write_is_counted(table: Table) -> None:
    queue = AnomalyQueue(table.write)
    table.is_away = True
    queue.keep(run(rows=2), wait_s=0.0)
    queue.end()
    assert queue.lost == 2


def test_a_run_after_the_end_is_written_by_its_caller(table: Table) -> None:
    queue = AnomalyQueue(table.write)
    queue.end()
    assert queue.keep(run(), wait_s=0.0) == Kept(Recorded(new=1))


def test_an_idle_queue_has_no_thread(queue: AnomalyQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anomaly_queue, "IDLE_S", 0.01)
    queue.keep(run(), wait_s=LONG_S)
    until(lambda: queue._thread is None)
    assert queue.keep(run(), wait_s=LONG_S) == Kept(Recorded(new=1))


def test_many_callers_are_each_told_of_their_own(queue: AnomalyQueue) -> None:
    told: dict[int, Kept] = {}

    def work(place: int) -> None:
        told[place] = queue.keep(run(str(place), rows=place), wait_s=LONG_S)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(1, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {place: Kept(Recorded(new=place)) for place in range(1, 40)}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ended_by_surprise_is_followed_by_another(table: Table) -> None:
    surprises = iter([[]])  # no outcome for a run: nobody foresees that
    queue = AnomalyQueue(lambda runs: next(surprises, None) or table.write(runs))
    queue.keep(run("first"), wait_s=0.0)
    dead = queue._thread
    assert dead is not None
    dead.join(LONG_S)
    queue.keep(run("second"), wait_s=0.0)
    queue.end()
    assert table.names == ["first", "second"]
