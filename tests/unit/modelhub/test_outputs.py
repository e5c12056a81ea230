"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from modelhub.outputs import replacing


def test_a_finished_file_takes_its_place(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    with replacing(str(target)) as out:
        out.write(b"new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(str(target))
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_named_as_it_was_given(tmp_path: Path) -> None:
    path = str(tmp_path / "absent" / "out.csv")
    with pytest.raises(FileNotFoundError) as raised, replacing(path):
        pass
    assert raised.value.filename == path


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with replacing("-") as out:
        out.write(b"text")
    assert capfdbinary.readouterr().out == b"text"


def test_behind_a_link_its_target_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    with replacing(str(link)) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_to_is_named_as_it_was_given() -> None:
    with pytest.raises(OSError, match=r"out\.csv") as raised, replacing("/proc/out.csv"):
        pass
    assert raised.value.filename == "/proc/out.csv"


def _interrupted(path: str) -> None:
    with replacing(path) as out:
        out.write(b"half")
        raise KeyboardInterrupt
