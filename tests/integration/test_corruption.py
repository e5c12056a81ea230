"""Damaged stored files: noticed within seconds, told, and never a wrong score."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.test import Client

from inference.models import ServingFault
from inference.resilience import filewatch, guarding
from inference.resilience.guardian import Guardian
from inference.serving import loading
from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.audit.models import AuditEntry
from modelhub.errors import GateFailed
from modelhub.registry import lifecycle, scrub, tasks
from modelhub.registry.models import Deployment, ModelVersion
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from tests.integration.conftest import ACTOR, RegisterVersion, Trained

PREDICT = "/api/v1/models/predict"


def blob(version: ModelVersion) -> Path:
    return Store(conf.store_root()).path(version.artifacts.get().sha256)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(bytes(data))


def truncate(path: Path) -> None:
    path.chmod(0o640)
    os.truncate(path, 100)


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"\0" * path.stat().st_size)
    other.replace(path)


def forbid(path: Path) -> None:
    """Takes the rights away; root reads all the same, and then nothing is wrong."""
    path.chmod(0o000)


DAMAGES: tuple[Callable[[Path], None], ...] = (flip, truncate, replace, Path.unlink)


@pytest.fixture
def guardian(monkeypatch: pytest.MonkeyPatch) -> Guardian:
    monkeypatch.setattr(filewatch, "LOOK_S", 0.0)
    return Guardian(guarding.take_up("here", None))


@pytest.fixture
def newer(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> ModelVersion:
    """``default:2.0.0`` serves; 1.0.0 served before."""
    version = register_version(retrained, "2.0.0")
    lifecycle.deploy(version, ACTOR)
    loading.begin_serving()
    loading.catch_up()
    return version


on_commit = pytest.mark.django_db(transaction=True)


@on_commit
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_the_serving_version_is_followed_by_the_last_good_one(
    damage: Callable[[Path], None], newer: ModelVersion, guardian: Guardian, retrained: Trained, api: Client
) -> None:
    guardian.turn()
    damage(blob(newer))
    body = {"features": retrained.rows[:3].tolist()}
    in_memory = api.post(PREDICT, body, content_type="application/json").json()
    expected = -retrained.forest.score_samples(retrained.scaler.transform(retrained.rows[:3]))
    assert np.allclose(in_memory["scores"], expected, atol=1e-12, rtol=0)
    guardian.turn()
    newer.refresh_from_db()
    assert newer.corrupt_at is not None
    deployment = Deployment.objects.open().get()
    assert (deployment.version.label, deployment.fallback_from) == ("1.0.0", newer)
    answer = api.post(PREDICT, body, content_type="application/json").json()["model"]
    assert (answer["version"], answer["fallback_from"]) == ("1.0.0", "default:2.0.0")
    assert Alert.objects.filter(kind=AlertKind.CORRUPT, version=newer, closed_at__isnull=True).exists()
    assert ServingFault.objects.get().kind == "corrupt"


@on_commit
def test_rights_that_were_taken_away_are_noticed(newer: ModelVersion, guardian: Guardian) -> None:
    guardian.turn()
    forbid(blob(newer))
    if os.access(blob(newer), os.R_OK):
        pytest.skip("root may read every file")
    guardian.turn()
    newer.refresh_from_db()
    assert newer.corrupt_at is not None


@on_commit
def test_a_process_that_starts_on_a_damaged_version_serves_the_last_good_one(
    newer: ModelVersion, guardian: Guardian
) -> None:
    flip(blob(newer))
    loading.forget()
    loading.begin_serving()
    loading.catch_up()
    slot = loading.slot("default")
    assert (slot.version.label, slot.fallback_from) == ("1.0.0", "default:2.0.0")
    guardian.turn()
    assert Deployment.objects.open().get().version.label == "1.0.0"


@on_commit
def test_the_only_version_goes_on_serving_from_memory(
    deployed_version: ModelVersion, guardian: Guardian, api: Client, trained: Trained
) -> None:
    loading.begin_serving()
    loading.catch_up()
    guardian.turn()
    blob(deployed_version).unlink()
    guardian.turn()
    body = {"features": trained.rows[:1].tolist()}
    assert api.post(PREDICT, body, content_type="application/json").status_code == 200
    assert Alert.objects.filter(kind=AlertKind.CORRUPT, closed_at__isnull=True).exists()


@on_commit
def test_the_scrub_finds_rot_that_no_look_at_the_file_shows(newer: ModelVersion) -> None:
    path, before = blob(newer), blob(newer).stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert tasks.scrub_artefacts() == {"versions": 2, "damaged": 1, "repaired": 0}
    newer.refresh_from_db()
    assert newer.corrupt_at is not None
    assert Deployment.objects.open().get().version.label == "1.0.0"


@on_commit
def test_a_mark_is_set_once_and_taken_off_when_the_file_is_whole_again(newer: ModelVersion) -> None:
    good = blob(newer).read_bytes()
    flip(blob(newer))
    scrub.scrub()
    scrub.scrub()
    assert AuditEntry.objects.filter(action="version.corrupt").count() == 1
    blob(newer).write_bytes(good)
    assert scrub.scrub().repaired == ("default:2.0.0",)
    newer.refresh_from_db()
    assert newer.corrupt_at is None
    assert not Alert.objects.filter(kind=AlertKind.CORRUPT, closed_at__isnull=True).exists()
    assert AuditEntry.objects.filter(action="version.whole").count() == 1


@on_commit
def test_a_damaged_version_cannot_be_deployed_and_is_marked(newer: ModelVersion) -> None:
    lifecycle.rollback(ModelVersion.objects.get(label="1.0.0"), ACTOR)
    flip(blob(newer))
    with pytest.raises(GateFailed, match="missing or damaged"):
        lifecycle.rollback(newer, ACTOR)
    newer.refresh_from_db()
    assert newer.corrupt_at is not None


@on_commit
def test_a_damaged_version_is_no_way_back(
    newer: ModelVersion, guardian: Guardian, register_version: RegisterVersion
) -> None:
    shutil.rmtree(blob(ModelVersion.objects.get(label="1.0.0")).parent)
    scrub.scrub()
    guardian.guard.trip(loading.slot("default"), guarding.Fault.NON_FINITE, "no numbers")
    guardian.turn()
    assert loading.slot("default").is_rules


@on_commit
def test_the_daily_check_marks_versions_that_no_scrub_looks_at(
    newer: ModelVersion, register_version: RegisterVersion, trained: Trained
) -> None:
    other = register_version(trained, "9.9.9", model="archive")
    blob(other).unlink()
    tasks.check_store()
    other.refresh_from_db()
    assert other.corrupt_at is not None
