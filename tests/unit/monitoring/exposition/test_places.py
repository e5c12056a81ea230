"""Which process counts where, and when the counts begin anew."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from monitoring.exposition import places
from monitoring.exposition.places import Page


def counted(folder: Path, times: int = 1) -> int:
    """The number of the place in which this process counted something."""
    number, book = places.take(folder)
    place = book.place(("x",), 1)
    assert place is not None
    book.cells[place] += times
    book.close()
    return number


def sums(folder: Path) -> list[float]:
    return [page.numbers[("x",)][0] for page in places.pages(folder) if ("x",) in page.numbers]


def another(monkeypatch: pytest.MonkeyPatch, boot: str) -> None:
    """From now on processes are of another server start, whose parent is gone."""
    monkeypatch.setattr(places, "_boot", lambda: boot)


def test_two_processes_have_two_places(tmp_path: Path) -> None:
    first, book = places.take(tmp_path)
    second, other = places.take(tmp_path)
    assert (first, second) == (0, 1)
    book.close()
    other.close()


def test_who_replaces_a_worker_goes_on_in_its_place(tmp_path: Path) -> None:
    assert [counted(tmp_path) for _ in range(20)] == [0] * 20
    assert sums(tmp_path) == [20.0]


def test_a_new_server_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another(monkeypatch, "999999999:1")
    counted(tmp_path, 5)
    another(monkeypatch, "999999999:2")
    counted(tmp_path, 1)
    assert sums(tmp_path) == [1.0]


def test_a_new_server_goes_on_where_another_process_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another(monkeypatch, "999999999:1")
    _, living = places.take(tmp_path)
    counted(tmp_path, 5)
    another(monkeypatch, "999999999:2")
    counted(tmp_path, 1)
    assert sums(tmp_path)[-1] == 6.0
    living.close()


def test_the_numbers_of_a_server_whose_workers_are_all_being_replaced_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command of another parent that comes in between finds nobody alive, but the server runs."""
    counted(tmp_path, 5)
    another(monkeypatch, "999999999:2")
    counted(tmp_path, 1)
    assert sums(tmp_path) == [6.0]


def test_a_killed_process_leaves_all_it_counted_and_is_known_to_be_dead(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import pathlib, sys, time
        from monitoring.exposition import places
        _, book = places.take(pathlib.Path(sys.argv[1]))
        place = book.place(("x",), 1)
        for _ in range(1000):
            book.cells[place] += 1
        print("done", flush=True)
        time.sleep(60)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"done\n"

    def page() -> Page:
        (only,) = places.pages(tmp_path)
        return only

    assert page().is_alive
    assert page().owner.pid == process.pid
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not page().is_alive
    assert page().numbers[("x",)] == [1000.0]


def test_a_file_that_is_no_ledger_is_passed_over(tmp_path: Path) -> None:
    counted(tmp_path)
    (tmp_path / "7.series").write_bytes(os.urandom(500))
    (tmp_path / "notes.series").write_text("mine")
    assert [page.number for page in places.pages(tmp_path)] == [0]
