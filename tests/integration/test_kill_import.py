"""Kill -9 at every durable step of an import: nothing is half there, and trying again converges.

The conversion costs seconds and changes no disk of ours, so it runs once; every killed run is given
its result through the ``convert`` argument.
"""

from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts import quarantine
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Conversion
from modelhub.registry.models import Artifact, LifecycleEvent, ModelVersion
from modelhub.transfers import queue, recovery, working
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.importing import import_local
from modelhub.transfers.models import TrainingSource, Transfer
from modelhub.transfers.recovery import recover
from tests import killing, packages

pytestmark = pytest.mark.slow
ACTOR = Actor("tester", Channel.COMMAND)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packages.write_folder(tmp_path_factory.mktemp("kill") / "1.0.0", packages.deployment_members())


@pytest.fixture(scope="module")
def conversion(package: Path) -> Conversion:
    return quarantine.convert(
        package / "model.joblib",
        package / "scaler.joblib",
        names=tuple(packages.NAMES),
        limits=quarantine.Limits(),
        scorer="inference.runtimes.catalog.score_safe_form",
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> killing.Home:
    return killing.migrated(tmp_path_factory.mktemp("kill") / "template", django_db_blocker)


def test_an_import_killed_at_any_step_leaves_a_sound_hub_and_can_be_repeated(
    template: killing.Home, package: Path, conversion: Conversion, tmp_path: Path
) -> None:
    importing = partial(bring_in, package, conversion)
    whole = killing.copy_of(template, tmp_path / "whole").run(importing)
    assert whole.answer == TransferStatus.IMPORTED
    assert whole.events > 30
    for step in killing.points(whole.events, most=200):
        home = killing.copy_of(template, tmp_path / f"step{step}")
        assert home.run(importing, kill_at=step).killed, step
        assert home.run(state_after_restart).answer in SOUND, step
        assert home.run(importing).answer in {TransferStatus.IMPORTED, TransferStatus.UNCHANGED}, step
        assert home.run(state_after_restart).answer == DONE, step


def test_a_queued_import_killed_at_any_step_is_done_by_the_next_worker(
    template: killing.Home, package: Path, conversion: Conversion, tmp_path: Path
) -> None:
    queued = killing.copy_of(template, tmp_path / "queued")
    queued.run(partial(queue_it, package))
    working_off = partial(work_off, conversion)
    whole = killing.copy_of(queued, tmp_path / "whole").run(working_off)
    assert whole.answer == TransferStatus.IMPORTED
    for step in killing.points(whole.events, most=20):
        home = killing.copy_of(queued, tmp_path / f"step{step}")
        assert home.run(working_off, kill_at=step).killed, step
        assert home.run(reconciled).answer in {TransferStatus.QUEUED, TransferStatus.IMPORTED}, step
        home.run(working_off)
        assert home.run(state_after_restart).answer == DONE, step
        assert home.run(reconciled).answer == TransferStatus.IMPORTED, step


def queue_it(package: Path) -> None:
    """A row that waits for a worker."""
    source = TrainingSource.objects.create(name="lab", location=str(package.parent))
    queue.enqueue_package(source, package.name, ACTOR)


def work_off(conversion: Conversion) -> str:
    """The worker that is killed."""
    return working.work(Transfer.objects.get().pk, convert=lambda *args, **kwargs: conversion)


def reconciled() -> str:
    """Status of the row once the queue was looked after."""
    recovery.reconcile()
    return str(Transfer.objects.get().status)


def bring_in(package: Path, conversion: Conversion) -> str:
    """The import that is killed."""
    return str(import_local(package, ACTOR, convert=lambda *args, **kwargs: conversion).status)


NOTHING = {"versions": 0, "events": 0, "blobs_per_version": []}
ONE = {"versions": 1, "events": 1, "blobs_per_version": [6]}
CLEAN = {"integrity": "ok", "store_is_clean": True, "running": 0, "staged": []}
SOUND = (NOTHING | CLEAN, ONE | CLEAN)
DONE = ONE | CLEAN


def state_after_restart() -> dict[str, object]:
    """What holds once recovery has run."""
    recover()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        integrity = cursor.fetchone()[0]
    report = Store(conf.store_root()).check(set(Artifact.objects.values_list("sha256", flat=True)))
    return {
        "versions": ModelVersion.objects.count(),
        "events": LifecycleEvent.objects.count(),
        "blobs_per_version": [version.artifacts.count() for version in ModelVersion.objects.all()],
        "integrity": integrity,
        "store_is_clean": report.is_clean,
        "running": Transfer.objects.filter(status=TransferStatus.RUNNING).count(),
        "staged": [path.name for path in conf.staging_root().iterdir() if path.name != ".guard"],
    }
