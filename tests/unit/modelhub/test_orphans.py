"""Files of ended processes are taken over by one other process at a time."""

import fcntl
from pathlib import Path

import pytest

from modelhub.orphans import of_the_dead


def test_a_file_that_nobody_locks_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "left"
    path.write_bytes(b"x")
    with of_the_dead(path) as mine, of_the_dead(path) as other:
        assert mine is not None
        assert other is None


def test_the_file_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "held"
    with path.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with of_the_dead(path) as file:
            assert file is None
    with of_the_dead(path) as file:
        assert file is not None


def test_a_file_that_is_gone_is_nobodys(tmp_path: Path) -> None:
    with of_the_dead(tmp_path / "gone") as file:
        assert file is None


@pytest.mark.parametrize("error", [BlockingIOError, FileNotFoundError])
def test_what_the_block_raises_is_raised(tmp_path: Path, error: type[OSError]) -> None:
    path = tmp_path / "left"
    path.write_bytes(b"x")
    with pytest.raises(error), of_the_dead(path):
        raise error
    with of_the_dead(path) as file:
        assert file is not None
