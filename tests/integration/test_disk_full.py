"""A disk runs full under a serving hub: imports say so, scoring goes on, nothing is half there afterwards.

Store, staging and database lie on small disks of their own that are filled to the last byte and emptied
again; the server is the same one from beginning to end.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import live, packages, tmpfs
from tests.asking import Answer, ask, upload
from tests.tmpfs import Disk

pytestmark = pytest.mark.slow
TOGGLE = ("deactivate", "activate")
IMPORT = "/api/v1/model-management/import"
ROWS = {"features": [[float(place + row) for place in range(32)] for row in range(5)]}
STRANGE = [{"message": "kernel panic " * 40, "level": "CRITICAL", "program": "odd", "id": "strange"}]
SOURCE = (
    "from modelhub.transfers.models import TrainingSource;"
    "TrainingSource.objects.create(name='lab', location={place!r}); print('null')"
)
SPARE = "from tests.integration.conftest import register, train; register(train(1), 'spare'); print('null')"
COUNTED = (
    "SELECT (SELECT sum(requests) FROM monitoring_inferencemetric),"
    " (SELECT sum(lost) FROM monitoring_meteredprocess)"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A serving hub on three disks, and what it scored while all of them had room."""

    hub: live.Hub
    store: Disk
    staging: Disk
    database: Disk
    scores: Any

    def ask(self, method: str, path: str, body: bytes | object = b"", **headers: str) -> Answer:
        return ask(self.hub.port, method, path, body, **headers)

    def upload(self, members: dict[str, bytes], **headers: str) -> Answer:
        return upload(self.hub.port, packages.zipped(members), **headers)

    def counted(self) -> tuple[int, int]:
        """Requests in the metrics, and those known to be lost."""
        with closing(sqlite3.connect(self.database.root / "modelhub.sqlite3")) as database:
            return database.execute(COUNTED).fetchone()

    def predicted(self) -> Any:
        """The scores of the same rows as always."""
        answer = self.ask("POST", "/api/v1/models/predict", ROWS)
        assert answer.status == 200, answer
        return answer.body["scores"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers, ``default:1.0.0`` loaded, and a source with packages ``a`` to ``c``."""
    folder = tmp_path_factory.mktemp("full")
    for seed, name in enumerate("abc", start=1):
        packages.write_folder(folder / "lab" / name, packages.service_members(name, seed=seed))
    home = folder / "home"
    with ExitStack() as stack:
        database = stack.enter_context(tmpfs.mounted(home, megabytes=64))
        # Room as a hub wants it: 200 MiB must stay free when a package is staged.
        store = stack.enter_context(tmpfs.mounted(home / "store", megabytes=280))
        staging = stack.enter_context(tmpfs.mounted(home / "staging", megabytes=280))
        hub = live.hub(home, THROTTLE_OPERATE="0", THROTTLE_IMPORT="0")
        hub.prepare()
        hub.python(SOURCE.format(place=str(folder / "lab")))
        hub.python(SPARE)
        stack.enter_context(hub.serving(workers=2, log=folder / "web.log"))
        served = Served(hub, store, staging, database, None)
        scores = served.predicted()
        yield Served(hub, store, staging, database, scores)


def files(root: Path) -> set[Path]:
    """Every file below the folder, the ballast and the lock of the staging folder aside."""
    return {path for path in root.rglob("*") if path.is_file() and path.name not in ("ballast", ".guard")}


def test_a_full_store_refuses_imports_and_nothing_else(served: Served) -> None:
    before = files(served.store.root)
    served.store.fill()
    try:
        refused = served.ask("POST", f"{IMPORT}/a")
        assert (refused.status, refused.code) == (507, "storage_full")
        assert served.predicted() == served.scores
        assert files(served.store.root) == before
        row = served.ask("GET", f"/api/v1/model-management/transfer-history/{refused.body['transfer_id']}")
        assert (row.body["status"], row.body["error"]["code"]) == ("failed", "storage_full")
    finally:
        served.store.empty()
    assert served.ask("POST", f"{IMPORT}/a").status == 201
    assert files(served.staging.root) == set()


@pytest.mark.parametrize(
    ("wish", "later"), [("path", 201), ("upload", 201), ("background", 202), ("few bytes", 422)]
)
def test_a_full_staging_folder_refuses_imports_and_nothing_else(
    served: Served, wish: str, later: int
) -> None:
    bring = {
        "path": lambda: served.ask("POST", f"{IMPORT}/b"),
        "upload": lambda: served.upload(packages.service_members("up", seed=4)),
        "background": lambda: served.upload(packages.service_members("on", seed=5), Prefer="respond-async"),
        "few bytes": lambda: upload(served.hub.port, b"no zip"),
    }[wish]
    before = files(served.staging.root)  # an upload that waits for a worker, after one of these cases
    served.staging.fill()
    try:
        refused = bring()
        assert (refused.status, refused.code) == (507, "storage_full")
        assert served.predicted() == served.scores
        assert files(served.staging.root) == before
    finally:
        served.staging.empty()
    assert bring().status == later


def test_a_full_database_disk_refuses_changes_as_problems_and_scoring_goes_on(served: Served) -> None:
    before = served.ask("GET", "/api/v1/models").body
    served.database.fill()
    try:
        until_full(served)
        refused = [
            *[served.ask("POST", f"/api/v1/models/spare/{verb}", {}) for verb in TOGGLE],
            served.ask("POST", f"{IMPORT}/c"),
            served.ask("POST", "/api/v1/models/spare/deploy", {}),
            served.upload(packages.service_members("up", seed=4)),
        ]
        assert {answer.status for answer in refused} <= {200, 503, 507}, refused
        assert 503 in {answer.status for answer in refused}
        assert {answer.content_type for answer in refused if answer.status != 200} == {
            "application/problem+json"
        }
        assert served.predicted() == served.scores
        strange = served.ask("POST", "/api/v1/models/analyze", STRANGE)
        assert strange.status == 200
        assert len(strange.body["results"]) == 1
        listed = served.ask("GET", "/api/v1/models")
        # SQLite reads as long as somebody has its log open; the first to open it again needs room for it.
        assert listed.body == before or (listed.status, listed.code) == (503, "database_unavailable")
    finally:
        served.database.empty()
    assert served.ask("POST", f"{IMPORT}/c").status == 201


def test_metrics_of_the_time_without_room_are_written_when_there_is_some(served: Served) -> None:
    time.sleep(2)
    requests, lost = served.counted()
    served.database.fill()
    try:
        until_full(served)
        for _ in range(30):
            assert served.predicted() == served.scores
        time.sleep(2)  # two tries to write them
    finally:
        served.database.empty()
    deadline = time.monotonic() + 20
    while served.counted()[0] < requests + 30:
        assert time.monotonic() < deadline, served.counted()
        time.sleep(0.2)
    assert served.counted() == (requests + 30, lost)


def test_the_hub_is_sound_after_all_of_it(served: Served) -> None:
    assert json.loads(served.hub.manage("doctor", "--json"))["ok"]


def until_full(served: Served) -> None:
    """The database takes nothing any more: what its log still had room for is used up."""
    deadline = time.monotonic() + 30
    while all(served.ask("POST", f"/api/v1/models/spare/{verb}", {}).status == 200 for verb in TOGGLE):
        assert time.monotonic() < deadline
