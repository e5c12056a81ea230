"""What ``script/up`` says when it cannot start: one clear line and exit code 1."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def _run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHON": sys.executable} | variables
    return subprocess.run(
        ["sh", "script/up"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The scripts in a folder of their own, with an environment that looks installed already."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "script", folder / "script")
    shutil.copytree(ROOT / "modelhub", folder / "modelhub")
    shutil.copytree(ROOT / "inference" / "runtimes", folder / "inference" / "runtimes")
    shutil.copy(ROOT / "requirements.txt", folder)
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    wanted = subprocess.run(
        ["cksum"], stdin=(ROOT / "requirements.txt").open(), capture_output=True, text=True, check=True
    )
    (folder / ".venv" / ".installed-requirements.txt").write_text(wanted.stdout)
    return folder


def test_a_taken_port_is_named_with_the_way_out(project: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _run(project, PORT=port, MODELHUB_HOME=str(tmp_path / "home"))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"modelhub: port {port} on 127.0.0.1 is taken. Stop what uses it, or start with PORT=8001 ./script/up"
    )


def test_a_python_that_is_too_old_is_named(project: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.8"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.8.10" && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = _run(project, PYTHON=str(old))
    assert done.returncode == 1
    assert done.stderr.startswith("modelhub: Python 3.8.10 is too old.")
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_python_is_named(project: Path) -> None:
    done = _run(project, PYTHON="no-such-python")
    assert done.returncode == 1
    assert "'no-such-python' was not found" in done.stderr


def test_a_home_that_cannot_be_written_is_named(project: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    done = _run(project, MODELHUB_HOME=str(blocked / "home"))
    assert done.returncode == 1
    assert done.stderr.strip().endswith("cannot be written. Set MODELHUB_HOME to a folder that you own.")


def test_a_number_that_is_none_is_named(project: Path, tmp_path: Path) -> None:
    done = _run(project, PORT="eighty", MODELHUB_HOME=str(tmp_path / "home"))
    assert done.returncode == 1
    assert done.stderr.strip() == "modelhub: PORT must be a whole number, not 'eighty'"
