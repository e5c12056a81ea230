"""Worker and scheduler run the product's tasks, over the embedded folder broker and over Redis."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.slow


def _manage(home: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | home, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _python(home: dict[str, str], statement: str) -> str:
    names = "from modelhub.transfers.models import *; from modelhub.transfers.tasks import *; "
    return _manage(home, "shell", "--no-imports", "--command", names + statement)


@contextmanager
def _worker(home: dict[str, str], log: Path) -> Iterator[None]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "modelhub",
        "worker",
        "--pool",
        "solo",
        "-l",
        "WARNING",
    ]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | home, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(20) == 0, log.read_text()


def _scan_runs(home: dict[str, str], folder: Path) -> None:
    _manage(home, "migrate", "--verbosity", "0")
    _python(home, f"TrainingSource.objects.create(name='t', location={str(folder)!r})")
    _python(home, "scan_sources.delay()")
    with _worker(home, folder / "worker.log"):
        deadline = time.monotonic() + 60
        while (answer := _python(home, "print(TrainingSource.objects.get().scanned_at)")) == "None":
            assert time.monotonic() < deadline, (folder / "worker.log").read_text()
            time.sleep(0.3)
    assert answer.startswith("20")


def test_a_queued_scan_is_done_through_the_folder_broker(tmp_path: Path) -> None:
    _scan_runs({"MODELHUB_HOME": str(tmp_path / "home"), "BROKER_URL": ""}, tmp_path)


@pytest.mark.service
def test_a_queued_scan_is_done_through_redis(tmp_path: Path) -> None:
    with services.redis(tmp_path) as url:
        _scan_runs({"MODELHUB_HOME": str(tmp_path / "home"), "BROKER_URL": url}, tmp_path)
