"""Calls under way outlive their process, and a crash is told from a kill."""

import ctypes
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.resilience import inflight
from inference.resilience.inflight import Call, Calls, Death


def die(folder: Path, how: Callable[[Calls], object]) -> None:
    """A process with calls of versions 7 (its main thread's) and 8 (another's) dies that way."""
    # Not forked: where another test wound the clock in this process, a child could not wind its own.
    child = multiprocessing.get_context("spawn").Process(target=call_and_die, args=(folder, how))
    child.start()
    child.join()


def call_and_die(folder: Path, how: Callable[[Calls], object]) -> None:
    calls = Calls(folder, f"host:{os.getpid()}")
    other = threading.Thread(target=lambda: (calls.begin(8), time.sleep(60)), daemon=True)
    other.start()
    while not calls.under_way():
        time.sleep(0.001)
    calls.begin(7)
    how(calls)
    time.sleep(60)


def read(folder: Path) -> Death:
    (path,) = inflight.files(folder)
    with inflight.ended(path) as death:
        assert death is not None
        return death


def segfault(calls: Calls) -> None:
    ctypes.string_at(0)


def kill(calls: Calls) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stand_still(calls: Calls) -> None:
    calls.watch(0.2)
    ctypes.PyDLL(None).sleep(60)  # keeps the interpreter's lock


def test_a_crash_is_laid_to_the_call_of_its_thread(tmp_path: Path) -> None:
    die(tmp_path, segfault)
    death = read(tmp_path)
    assert [call.version_id for call in death.guilty] == [7]
    assert {call.version_id for call in death.calls} == {7, 8}


def test_a_kill_is_laid_to_nobody(tmp_path: Path) -> None:
    die(tmp_path, kill)
    assert read(tmp_path).guilty == ()


def test_a_process_that_stood_still_ended_and_the_oldest_call_is_named(tmp_path: Path) -> None:
    die(tmp_path, stand_still)
    death = read(tmp_path)
    assert death.was_stuck
    assert [call.version_id for call in death.guilty] == [8]


def test_a_crash_of_an_unknown_thread_is_laid_to_all() -> None:
    calls = (Call(1, 10, 1.0), Call(2, 20, 2.0))
    assert Death("x", calls, "Fatal Python error: Aborted\n\n<no Python frame>").guilty == calls


def test_a_crash_outside_of_scoring_is_laid_to_nobody() -> None:
    said = "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00ff (most recent call first):"
    assert Death("x", (Call(1, 10, 1.0),), said).guilty == ()


def test_a_death_is_read_once(tmp_path: Path) -> None:
    die(tmp_path, segfault)
    read(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    made = Calls(tmp_path, "host/with:1")
    yield made
    made.abandon()


def test_a_living_process_is_left_alone(calls: Calls, tmp_path: Path) -> None:
    (path,) = inflight.files(tmp_path)
    with inflight.ended(path) as death:
        assert death is None
    assert path.exists()


def test_calls_end_and_their_places_are_used_again(calls: Calls) -> None:
    for _ in range(1000):
        calls.end(calls.begin(5))
    place = calls.begin(6)
    assert [call.version_id for call in calls.under_way()] == [6]
    calls.end(place)
    assert calls.under_way() == ()


def test_more_calls_than_places_are_let_through(calls: Calls) -> None:
    places = [calls.begin(1) for _ in range(200)]
    assert places.count(-1) == 40
    for place in places:
        calls.end(place)
    assert calls.under_way() == ()


def test_a_child_forked_from_a_watched_process_can_let_go(tmp_path: Path) -> None:
    watched = os.fork()
    if watched == 0:
        calls = Calls(tmp_path, "host:1")
        calls.watch(30)
        child = os.fork()
        if child == 0:
            calls.abandon()
            Calls(tmp_path, "host:2").watch(30)
            os._exit(7)
        ended = time.monotonic() + 10
        while time.monotonic() < ended:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                os._exit(os.waitstatus_to_exitcode(status))
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(watched, 0)[1]) == 7
