"""A hub for the soak: the demo with a second version, run by the supervisor as ``script/up`` runs it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.live import ROOT, Hub, hub
from tests.services import free_port

WORKERS = 2
_COUNTS = """
import json
from django.db.models import Sum
from modelhub.audit.models import AuditEntry
from modelhub.transfers.models import Transfer
from monitoring.models import Anomaly, InferenceMetric, MeteredProcess
print(json.dumps(
    InferenceMetric.objects.aggregate(requests=Sum("requests"), errors=Sum("errors"), records=Sum("records"))
    | MeteredProcess.objects.aggregate(lost=Sum("lost"))
    | {"metric rows": InferenceMetric.objects.count(), "anomalies": Anomaly.objects.count()}
    | {"audit entries": AuditEntry.objects.count(), "transfers": Transfer.objects.count()}
))
"""
_ROBOT = (
    "from django.contrib.auth.models import Group, User;"
    "User.objects.create(username='robot').groups.add(Group.objects.get(name='client')); print('null')"
)
# As many as fill a page of each list: else the load of reading grows minute by minute.
_HISTORY = """
from modelhub.actors import Actor, Channel
from modelhub.registry import lifecycle
from modelhub.registry.models import ModelVersion
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer
first, second = ModelVersion.objects.order_by("pk")
before = Actor("before", Channel.COMMAND)
for number in range(50):
    Transfer.objects.create(
        origin=f"{number}.zip", actor=before.name, channel=before.channel,
        status=TransferStatus.REFUSED, code="package_invalid", detail="This is no zip file.",
    )
for _ in range(25):
    lifecycle.deploy(second, before, reason="soak")
    lifecycle.rollback(first, before, reason="soak")
print("null")
"""
_LABELS = (
    "import json; from modelhub.registry.models import ModelVersion;"
    "print(json.dumps(list(ModelVersion.objects.order_by('pk').values_list('label', flat=True))))"
)


def prepared(folder: Path) -> tuple[Hub, list[str]]:
    """A hub with the demo, a user ``robot``, and two versions (their labels), the first one deployed."""
    port = free_port()
    found = hub(
        folder / "home",
        BIND="127.0.0.1",
        PORT=str(port),
        WEB_WORKERS=str(WORKERS),
        WEB_THREADS="16",
        OPENBLAS_NUM_THREADS="1",
        MALLOC_ARENA_MAX="2",
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    )
    del found.environment["THROTTLE_ANALYZE"]  # limits as they are delivered
    found.port = port
    (folder / "home" / "logs").mkdir(parents=True)
    found.manage("migrate", "--verbosity", "0")
    found.manage("setupschedules")
    found.manage("collectstatic", "--noinput", "--verbosity", "0")
    found.manage("firstrun")
    demo = folder / "home" / "demo"
    package = demo / "training-service" / "models" / "second"
    training = ("--out", str(package), "--label", "second", "--contamination", "0.03", "--seed", "7")
    found.manage("trainmodel", str(demo / "training.jsonl"), *training)
    found.manage("importmodel", "models/second", "--source", "demo")
    found.python(_ROBOT)
    found.python(_HISTORY)
    return found, list(found.python(_LABELS))


@contextmanager
def supervised(found: Hub, log: Path) -> Iterator[int]:
    """Process id of the supervisor with web server, worker and scheduler below it, all up; then all down."""
    command = [str(Path(sys.executable).parent / "supervisord"), "--nodaemon"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--configuration", "script/supervisord.conf"],
            cwd=ROOT,
            env=found.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(found.port, log)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def counts(found: Hub) -> dict[str, int]:
    """Sums and rows of the hub at rest: what ended processes left is recorded or counted as lost before."""
    statement = f"from monitoring.metering import recovery; recovery.recover(){_COUNTS}"
    return {name: int(value or 0) for name, value in found.python(statement).items()}


def new_token(found: Hub, name: str) -> tuple[str, str]:
    """A token of ``robot`` and the key that revokes it."""
    made: dict[str, Any] = json.loads(found.manage("createtoken", "robot", "--name", name, "--json"))
    return made["token"], made["key"]


def _wait_until_ready(port: int, log: Path) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(log.read_text()[-3000:]) from None
            time.sleep(0.3)
