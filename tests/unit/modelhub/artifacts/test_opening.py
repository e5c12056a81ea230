import os
import socket
from pathlib import Path

import pytest

from modelhub.artifacts import opening
from modelhub.errors import Code, PathRefused, Unavailable


def code_of(root: Path, *segments: str) -> Code:
    with (
        pytest.raises(PathRefused) as refused,
        opening.open_root(root) as fd,
        opening.open_below(fd, segments),
    ):
        pass
    return refused.value.code


def test_a_plain_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "f").write_bytes(b"content")
    with opening.open_root(tmp_path) as root, opening.open_below(root, ("a", "f")) as fd:
        assert os.read(fd, 100) == b"content"
        assert not opening.is_folder(fd)


def test_a_link_is_not_followed_at_any_step(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").touch()
    (tmp_path / "way").symlink_to("real")
    (tmp_path / "real" / "link").symlink_to("f")
    assert code_of(tmp_path, "way", "f") is Code.PATH_SYMLINK
    assert code_of(tmp_path, "way") is Code.PATH_SYMLINK
    assert code_of(tmp_path, "real", "link") is Code.PATH_SYMLINK


def test_a_hard_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    os.link(tmp_path / "f", tmp_path / "g")
    assert code_of(tmp_path, "g") is Code.PATH_HARDLINK


def test_a_pipe_does_not_block_and_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert code_of(tmp_path, "pipe") is Code.PATH_NOT_REGULAR


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
        assert code_of(tmp_path, "sock") is Code.PATH_NOT_REGULAR


def test_a_missing_name_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert code_of(tmp_path, "nothing") is Code.PACKAGE_NOT_FOUND
    assert code_of(tmp_path, "f", "below") is Code.PACKAGE_NOT_FOUND


def test_a_missing_root_is_an_unavailable_source(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as fault, opening.open_root(tmp_path / "gone"):
        pass
    assert fault.value.code is Code.SOURCE_UNAVAILABLE


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        code_of(tmp_path, "nothing")
    assert len(os.listdir("/proc/self/fd")) == before
