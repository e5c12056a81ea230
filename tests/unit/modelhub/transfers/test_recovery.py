"""Recovery tells dead imports from living ones by their locks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from modelhub import conf
from modelhub.actors import Channel
from modelhub.transfers import staging
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer
from modelhub.transfers.recovery import Recovered, recover

pytestmark = pytest.mark.django_db


def running(**fields: Any) -> Transfer:
    with staging.guarded(conf.staging_root()) as owner:
        row = {"origin": "models/a", "actor": "tester", "channel": Channel.COMMAND, "owner": owner}
        return Transfer.objects.create(**row | fields)


def test_an_import_whose_lock_is_held_is_left_alone() -> None:
    row = running()
    with staging.guarded(conf.staging_root()):
        area = staging.open_area(conf.staging_root(), row.pk)
    assert recover() == Recovered(interrupted=0, removed=0)
    row.refresh_from_db()
    assert row.status == TransferStatus.RUNNING
    assert area.folder.is_dir()
    staging.close_area(area)
    assert not area.folder.exists()


def test_an_import_without_a_living_lock_is_interrupted_and_its_folder_removed() -> None:
    row = running()
    folder = conf.staging_root() / f"{row.pk}-deadbeef"
    (folder / "package").mkdir(parents=True)
    (folder / "lock").touch()
    assert recover() == Recovered(interrupted=1, removed=1)
    row.refresh_from_db()
    assert row.status == TransferStatus.INTERRUPTED
    assert row.finished_at is not None
    assert not folder.exists()


def test_a_folder_killed_before_it_was_locked_is_removed() -> None:
    (conf.staging_root() / "7-00000000").mkdir(parents=True)
    assert recover().removed == 1


def test_a_running_import_of_another_staging_folder_is_left_alone_for_a_day(
    settings: Settings, tmp_path: Path
) -> None:
    elsewhere = running()
    settings.MODELHUB = settings.MODELHUB | {"STAGING": tmp_path / "of another host"}
    assert recover().interrupted == 0
    elsewhere.refresh_from_db()
    assert elsewhere.status == TransferStatus.RUNNING
    running(owner=elsewhere.owner, started_at=timezone.now() - timedelta(hours=25))
    assert recover().interrupted == 1


def test_a_staging_folder_keeps_its_name() -> None:
    with staging.guarded(conf.staging_root()) as first:
        pass
    with staging.guarded(conf.staging_root()) as second:
        pass
    assert first == second
    assert len(first) == 32


def test_ended_rows_are_never_touched() -> None:
    row = running()
    Transfer.objects.update(status=TransferStatus.REFUSED, detail="why")
    recover()
    row.refresh_from_db()
    assert (row.status, row.detail) == (TransferStatus.REFUSED, "why")
