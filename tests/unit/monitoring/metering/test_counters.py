"""The small file that outlives its process."""

import os
import signal
from pathlib import Path

from monitoring.metering import counters
from monitoring.metering.counters import Counters


def left_by_a_killed_process(folder: Path, counts: dict[int, int]) -> None:
    """A child counts and is killed hard."""
    pid = os.fork()
    if pid == 0:
        mine = Counters(folder, "child:1", started_s=5.0)
        for version, count in counts.items():
            for _ in range(count):
                mine.count(version)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_killed_process_leaves_what_it_counted(tmp_path: Path) -> None:
    left_by_a_killed_process(tmp_path, {7: 3, 9: 1})
    (path,) = counters.files(tmp_path)
    with counters.orphan(path) as account:
        assert account is not None
        assert account.requests == {7: 3, 9: 1}
        assert (account.process, account.started_s) == ("child:1", 5.0)
    assert counters.files(tmp_path) == []


def test_the_file_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    mine = Counters(tmp_path, "mine", started_s=0.0)
    (path,) = counters.files(tmp_path)
    with counters.orphan(path) as account:
        assert account is None
    assert counters.files(tmp_path) == [path]
    mine.abandon()


def test_a_forked_child_does_not_take_the_lock_with_it(tmp_path: Path) -> None:
    mine = Counters(tmp_path, "mine", started_s=0.0)
    pid = os.fork()
    if pid == 0:
        mine.abandon()
        os._exit(0)
    os.waitpid(pid, 0)
    with counters.orphan(counters.files(tmp_path)[0]) as account:
        assert account is None
    mine.abandon()


def test_an_account_that_could_not_be_settled_stays(tmp_path: Path) -> None:
    left_by_a_killed_process(tmp_path, {7: 1})
    (path,) = counters.files(tmp_path)
    try:
        with counters.orphan(path):
            raise RuntimeError
    except RuntimeError:
        assert counters.files(tmp_path) == [path]


def test_a_file_of_another_kind_is_no_account(tmp_path: Path) -> None:
    (tmp_path / "x.counts").write_bytes(b"something else")
    with counters.orphan(tmp_path / "x.counts") as account:
        assert account is None


def test_versions_beyond_the_file_are_not_counted(tmp_path: Path) -> None:
    left_by_a_killed_process(tmp_path, dict.fromkeys(range(1, 300), 1))
    with counters.orphan(counters.files(tmp_path)[0]) as account:
        assert account is not None
        assert len(account.requests) == 250
