"""Kill -9 at every durable step of the upkeep: deleting, sweeping, clearing and migrating can be repeated.

``KILL_EVERY=1`` tries every step instead of a sample.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts.store import Store
from modelhub.audit.models import AuditEntry
from modelhub.registry import references, removal, storecheck
from modelhub.registry.models import Artifact, LifecycleEvent, ModelVersion
from monitoring import retention
from monitoring.models import InferenceMetric
from tests import killing
from tests.integration.conftest import register, train
from tests.integration.monitoring.metric_rows import add_row

pytestmark = pytest.mark.slow
ACTOR = Actor("tester", Channel.COMMAND)
MOST = 200 if os.environ.get("KILL_EVERY") == "1" else 8
OLD_S = storecheck.DAY_S + 3_600
# Before the migrations of the serving engine.
EARLIER = {"registry": "0002", "monitoring": "0002", "inference": "0002"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> killing.Home:
    """Two versions, three blobs that nobody refers to, metrics of five days."""
    home = killing.migrated(tmp_path_factory.mktemp("upkeep") / "template", django_db_blocker)
    home.run(fill)
    return home


def fill() -> None:
    kept, _ = register(train(0)), register(train(1), "2.0.0")
    store = Store(conf.store_root())
    for number in range(3):
        path = store.path(store.put(f"orphan {number}".encode()))
        os.utime(path, (time.time() - OLD_S,) * 2)
    for days in range(5):
        add_row(kept, timezone.now() - timedelta(days=days, hours=1))


def delete() -> None:
    """The second version goes; who repeats it after it went is told that there is none."""
    if ModelVersion.objects.filter(label="2.0.0").exists():
        removal.delete(references.find("2.0.0"), ACTOR)


def sweep() -> None:
    storecheck.sweep()


def prune() -> None:
    retention.prune(ACTOR, days_to_keep=2)


def state() -> dict[str, Any]:
    """What a kill must not leave half done; the audit trail may name a repeated clean-up twice."""
    known = set(Artifact.objects.values_list("sha256", flat=True))
    report = Store(conf.store_root()).check(known)
    with connection.cursor() as cursor:
        integrity = cursor.execute("PRAGMA integrity_check").fetchone()[0]
    return {
        "versions": sorted(ModelVersion.objects.values_list("label", flat=True)),
        "events": LifecycleEvent.objects.count(),
        "deleted": AuditEntry.objects.filter(action="version.delete").count(),
        "metrics": InferenceMetric.objects.count(),
        "orphans": len(report.orphans),
        "clean": report.is_clean,
        "integrity": integrity,
    }


@pytest.mark.parametrize("work", [delete, sweep, prune])
def test_upkeep_killed_at_any_step_leaves_a_sound_hub_and_can_be_repeated(
    work: Callable[[], None], template: killing.Home, tmp_path: Path
) -> None:
    before = template.run(state).answer
    whole = killing.copy_of(template, tmp_path / "whole")
    age_orphans(whole)
    events = whole.run(work).events
    after = whole.run(state).answer
    assert after != before
    for step in killing.points(events, most=MOST):
        home = killing.copy_of(template, tmp_path / f"step{step}")
        age_orphans(home)
        assert home.run(work, kill_at=step).killed, step
        found = home.run(state).answer
        assert found["clean"], step
        assert found["integrity"] == "ok", step
        assert found["versions"] in (before["versions"], after["versions"]), step
        assert (found["versions"] == after["versions"]) == (found["deleted"] == after["deleted"]), step
        home.run(work)
        assert home.run(state).answer == after, step


def test_a_migration_killed_at_any_step_is_finished_by_the_next(
    template: killing.Home, tmp_path: Path
) -> None:
    earlier = killing.copy_of(template, tmp_path / "earlier")
    earlier.run(go_back)
    whole = killing.copy_of(earlier, tmp_path / "whole")
    events = whole.run(migrate).events
    done = whole.run(schema).answer
    assert done["waiting"] == 0
    for step in killing.points(events, most=MOST):
        home = killing.copy_of(earlier, tmp_path / f"step{step}")
        assert home.run(migrate, kill_at=step).killed, step
        home.run(migrate)
        assert home.run(schema).answer == done, step


def go_back() -> None:
    for app, name in EARLIER.items():
        call_command("migrate", app, name, verbosity=0)


def migrate() -> None:
    call_command("migrate", verbosity=0)


def schema() -> dict[str, Any]:
    """Tables with their columns, rows that must survive, and migrations still to be made."""
    executor = MigrationExecutor(connection)
    with connection.cursor() as cursor:
        tables = {
            table.name: sorted(column.name for column in introspected(cursor, table.name))
            for table in connection.introspection.get_table_list(cursor)
        }
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return {"tables": tables, "waiting": waiting, "metrics": InferenceMetric.objects.count()}


introspected = partial(connection.introspection.get_table_description)


def age_orphans(home: killing.Home) -> None:
    """A copy is as old as its copying; blobs of a day ago are what a sweep removes."""
    for path in (home.root / "store").rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - OLD_S,) * 2)
