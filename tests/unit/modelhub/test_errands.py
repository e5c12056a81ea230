"""Work done by helper threads: in time, or given up at once where every helper is held up."""

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from modelhub.errands import Errands, TooLate

LONG_S = 30.0


@pytest.fixture
def go_on() -> threading.Event:
    return threading.Event()


def hold_up(errands: Errands, times: int, until: threading.Event) -> None:
    """That many pieces of work are begun and given up while they last."""
    for _ in range(times):
        with pytest.raises(TooLate):
            errands.within(0.05, lambda: until.wait(LONG_S))


def eventually(work: Callable[[], object]) -> object:
    deadline = time.monotonic() + LONG_S
    while True:
        try:
            return work()
        except TooLate:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_the_answer_comes_from_another_thread() -> None:
    assert Errands(1).within(LONG_S, threading.get_ident) != threading.get_ident()


def test_what_the_work_raises_is_raised_here() -> None:
    def fail() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        Errands(1).within(LONG_S, fail)


def test_a_timeout_of_the_work_itself_is_not_taken_for_lateness() -> None:
    def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        Errands(1).within(LONG_S, fail)


class JustInTime(Future[str]):
    """The work ends between the end of the wait and the look at what became of it."""

    def result(self, timeout: float | None = None) -> str:
        found = super().result(LONG_S)
        if timeout is not None:
            raise TimeoutError
        return found


def test_work_that_ends_at_the_last_moment_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelhub.errands.Future", JustInTime)
    assert Errands(1).within(0.01, lambda: "done") == "done"


def test_the_work_knows_the_request_of_its_caller() -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request")
    request.set("abc")
    assert Errands(1).within(LONG_S, request.get) == "abc"


def test_work_that_lasts_is_given_up_after_its_time(go_on: threading.Event) -> None:
    started = time.monotonic()
    hold_up(Errands(1), 1, go_on)
    assert time.monotonic() - started < LONG_S / 2
    go_on.set()


def test_other_helpers_go_on_while_one_is_held_up(go_on: threading.Event) -> None:
    errands = Errands(2)
    hold_up(errands, 1, go_on)
    assert errands.within(LONG_S, lambda: "done") == "done"
    go_on.set()


def test_nothing_waits_where_every_helper_is_held_up(go_on: threading.Event) -> None:
    errands = Errands(2)
    hold_up(errands, 2, go_on)
    asked: list[int] = []
    started = time.monotonic()
    with pytest.raises(TooLate):
        errands.within(LONG_S, lambda: asked.append(1))
    assert time.monotonic() - started < LONG_S / 2
    go_on.set()
    assert eventually(lambda: errands.within(LONG_S, lambda: "back")) == "back"
    assert asked == []


def test_work_that_nobody_began_with_in_time_is_never_done(go_on: threading.Event) -> None:
    errands = Errands(1)
    busy = threading.Thread(target=lambda: errands.within(LONG_S, lambda: go_on.wait(LONG_S)))
    busy.start()
    asked: list[int] = []
    while not errands._unfinished:
        time.sleep(0.001)
    with pytest.raises(TooLate):
        errands.within(0.05, lambda: asked.append(1))
    go_on.set()
    busy.join(LONG_S)
    assert errands.within(LONG_S, lambda: list(asked)) == []


def test_a_burst_of_work_is_done_by_no_more_threads_than_allowed() -> None:
    errands = Errands(2)
    seen: set[int] = set()

    def ask() -> None:
        for _ in range(20):
            seen.add(errands.within(LONG_S, threading.get_ident))

    callers = [threading.Thread(target=ask) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(LONG_S)
    assert 1 <= len(seen) <= 2


def test_a_fresh_start_has_helpers_again(go_on: threading.Event) -> None:
    errands = Errands(1)
    hold_up(errands, 1, go_on)
    errands.start_afresh()
    assert errands.within(LONG_S, lambda: "done") == "done"
    go_on.set()
