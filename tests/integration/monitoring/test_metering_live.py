"""A worker of a real web server is stopped under load: what was answered is recorded, or counted as lost.

``METERED_REQUESTS=50000 METERED_WORKERS=8`` runs it at full size and prints the figures.
"""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import live, services
from tests.live import Hub, Load

pytestmark = pytest.mark.slow
REQUESTS, CLIENTS, ROWS = int(os.environ.get("METERED_REQUESTS", "3000")), 8, 10
WORKERS = int(os.environ.get("METERED_WORKERS", "2"))
_RECORDED = """
import json
from django.db.models import Sum
from monitoring.models import InferenceMetric, MeteredProcess
print(json.dumps(
    InferenceMetric.objects.aggregate(requests=Sum("requests"), records=Sum("records"))
    | MeteredProcess.objects.aggregate(lost=Sum("lost"), known=Sum("recorded"))
))
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the clients know, what the hub recorded, and how fast the clients were answered."""

    load: Load
    recorded: dict[str, Any]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub on SQLite, the same for all tests here."""
    found = live.hub(tmp_path_factory.mktemp("hub") / "home")
    found.prepare()
    return found


@pytest.fixture
def hub_on_postgres(tmp_path: Path) -> Iterator[Hub]:
    """A hub on PostgreSQL."""
    with services.postgres(tmp_path / "postgres") as url, live.own_database(url) as own:
        found = live.hub(tmp_path / "home", DATABASE_URL=own)
        found.prepare()
        yield found


def stopped_under_load(hub: Hub, number: signal.Signals, log: Path) -> Outcome:
    """Clients are answered by the workers, one of which gets the signal halfway; then the server stops."""
    body = json.dumps({"features": np.random.default_rng(0).normal(5, 2, (ROWS, hub.features())).tolist()})
    before = hub.python(_RECORDED)
    with hub.serving(workers=WORKERS, log=log):
        load = Load(hub.port, body.encode(), REQUESTS)
        clients = load.start(clients=CLIENTS)
        load.wait_for(REQUESTS // 2)
        live.stop(hub.workers()[0], number)
        for client in clients:
            client.join(120)
    assert load.answered == REQUESTS, load.refused[:5]
    after = hub.python(f"from monitoring.metering import recovery; recovery.recover(){_RECORDED}")
    outcome = Outcome(load, {name: after[name] - (before[name] or 0) for name in after})
    print(f"{number.name}: answered {load.answered}, without an answer {load.uncertain}, {outcome.recorded}")
    return outcome


def assert_nothing_is_lost(outcome: Outcome) -> None:
    load, recorded = outcome.load, outcome.recorded
    assert load.answered <= recorded["requests"] <= load.answered + load.uncertain
    assert recorded["records"] == recorded["requests"] * ROWS
    assert (recorded["lost"], recorded["known"]) == (0, recorded["requests"])


def test_a_worker_stopped_politely_loses_nothing(hub: Hub, tmp_path: Path) -> None:
    assert_nothing_is_lost(stopped_under_load(hub, signal.SIGTERM, tmp_path / "web.log"))


@pytest.mark.service
def test_a_worker_stopped_politely_loses_nothing_on_postgresql(hub_on_postgres: Hub, tmp_path: Path) -> None:
    assert_nothing_is_lost(stopped_under_load(hub_on_postgres, signal.SIGTERM, tmp_path / "web.log"))


def test_a_killed_worker_loses_less_than_its_last_second_and_says_how_much(hub: Hub, tmp_path: Path) -> None:
    outcome = stopped_under_load(hub, signal.SIGKILL, tmp_path / "web.log")
    load, recorded = outcome.load, outcome.recorded
    missing = load.answered - recorded["requests"]
    assert missing <= recorded["lost"] <= missing + load.uncertain
    assert recorded["lost"] <= load.most_answered_in(1.0)
