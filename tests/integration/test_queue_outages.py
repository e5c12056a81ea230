"""Imports in the background survive what may die around them: the broker, the worker, or both.

The outage lasts ``OUTAGE_S`` seconds; set the environment variable to 60 to run it as an operator would.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import live, packages, services

pytestmark = pytest.mark.slow
OUTAGE_S = float(os.environ.get("OUTAGE_S", "2"))
PATIENCE_S = 90.0
ROWS = (
    "import json; from modelhub.transfers.models import Transfer; "
    "from modelhub.registry.models import ModelVersion; from modelhub.audit.models import AuditEntry; "
    "print(json.dumps({'rows': list(Transfer.objects.order_by('id').values('status', 'step', 'attempts')), "
    "'versions': ModelVersion.objects.count(), "
    "'imports': AuditEntry.objects.filter(action='package.import').count()}))"
)


def prepared(tmp_path: Path, **variables: str) -> live.Hub:
    """A hub with a training source that holds one package."""
    packages.write_folder(tmp_path / "lab" / "a", packages.service_members("1.0.0"))
    hub = live.hub(tmp_path / "home", **variables)
    hub.manage("migrate", "--verbosity", "0")
    place = str(tmp_path / "lab")
    hub.python(
        "import json; from modelhub.transfers.models import TrainingSource; "
        f"print(json.dumps(TrainingSource.objects.create(name='lab', location={place!r}).pk))"
    )
    return hub


@contextmanager
def worker(hub: live.Hub, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as ``script/up`` starts it; whoever kills it need not end it."""
    command = [sys.executable, "-m", "celery", "--app", "modelhub", "worker", "--loglevel", "WARNING"]
    command += ["--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=live.ROOT, env=hub.environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def post(hub: live.Hub, path: str) -> tuple[int, dict[str, Any]]:
    """Status and body of an import in the background."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{hub.port}/api/v1/model-management/{path}",
        method="POST",
        headers={"Prefer": "respond-async"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, json.load(answer)


def until(hub: live.Hub, reached: Callable[[dict[str, Any]], bool], log: Path) -> dict[str, Any]:
    """The state of the rows once it is as wished."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached(state := hub.python(ROWS)):
        assert time.monotonic() < deadline, (state, log.read_text()[-3000:])
        time.sleep(0.2)
    return dict(state)


def until_step(home: Path, step: str, log: Path) -> None:
    """Return as soon as the only row has reached the step; a process for each look would be too slow."""
    deadline = time.monotonic() + PATIENCE_S
    with closing(sqlite3.connect(home / "modelhub.sqlite3")) as database:
        while database.execute("SELECT step FROM transfers_transfer").fetchone() != (step,):
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.01)


def is_imported(state: dict[str, Any]) -> bool:
    return bool(state["rows"]) and state["rows"][0]["status"] == "imported"


@pytest.mark.service
def test_an_import_asked_for_while_the_broker_is_down_is_accepted_and_runs_once_afterwards(
    tmp_path: Path,
) -> None:
    log = tmp_path / "worker.log"
    with services.own_redis(tmp_path) as broker:
        hub = prepared(tmp_path, BROKER_URL=broker.url)
        with hub.serving(workers=1, log=tmp_path / "web.log"), worker(hub, log):
            assert post(hub, "import/nothing")[0] == 202
            until(hub, lambda state: state["rows"][0]["status"] == "refused", log)
            broker.kill()
            asked = time.monotonic()
            status, row = post(hub, "import/a")
            print(f"202 after {time.monotonic() - asked:.2f} s without a broker")
            assert (status, row["status"]) == (202, "queued")
            time.sleep(OUTAGE_S)
            assert hub.python(ROWS)["rows"][1]["status"] == "queued"
            broker.start()
            back = time.monotonic()
            done = until(hub, lambda state: state["rows"][1]["status"] == "imported", log)
            print(f"imported {time.monotonic() - back:.1f} s after the broker was back")
            time.sleep(1)
            assert hub.python(ROWS) == done
    assert (done["rows"][1]["attempts"], done["versions"], done["imports"]) == (1, 1, 2)


def test_an_import_whose_worker_was_killed_is_done_by_the_next_worker(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    hub = prepared(tmp_path, BROKER_URL="")
    hub.python(
        "import json; from modelhub.actors import Actor, Channel; from modelhub.transfers import queue; "
        "from modelhub.transfers.models import TrainingSource; "
        "row = queue.enqueue_package(TrainingSource.objects.get(), 'a', Actor('maria', Channel.API)); "
        "print(json.dumps(row.pk))"
    )
    with worker(hub, log) as first:
        until_step(tmp_path / "home", "quarantine", log)
        first.send_signal(signal.SIGKILL)
        first.wait(20)
    left = hub.python(ROWS)
    assert (left["rows"][0]["status"], left["versions"]) == ("running", 0)
    with worker(hub, log):
        done = until(hub, is_imported, log)
    assert (done["rows"][0]["attempts"], done["versions"], done["imports"]) == (2, 1, 1)
