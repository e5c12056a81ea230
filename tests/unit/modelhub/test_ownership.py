"""A name of a process outlives it, and no later process answers to it."""

import subprocess
import sys

from modelhub import ownership


def test_a_living_process_is_not_gone() -> None:
    assert ownership.is_gone(ownership.this_process()) is False
    assert len(ownership.this_process()) <= 128


def test_an_ended_process_is_gone() -> None:
    program = "from modelhub import ownership; print(ownership.this_process())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ownership.is_gone(done.stdout.strip()) is True


def test_another_process_under_the_same_id_is_not_taken_for_it() -> None:
    place, pid, started = ownership.this_process().split(" ")
    assert ownership.is_gone(f"{place} {pid} {int(started) + 1}") is True


def test_a_process_of_another_machine_cannot_be_told() -> None:
    for owner in ("", "another-host/1 1 1"):
        assert ownership.is_gone(owner) is None
