"""``importmodel`` and ``scansource``: what they print, their JSON, their exit codes."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from modelhub import conf
from modelhub.registry import references
from modelhub.registry.models import ModelVersion
from modelhub.transfers import staging
from modelhub.transfers.models import TrainingSource, Transfer
from modelhub.transfers.tasks import scan_sources
from tests import packages

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return packages.write_folder(tmp_path / "training" / "models" / "1.0.0", packages.service_members())


@pytest.fixture
def source(folder: Path) -> TrainingSource:
    return TrainingSource.objects.create(name="training", location=str(folder.parent.parent))


def test_a_folder_anywhere_is_imported_and_the_next_step_named(folder: Path) -> None:
    said = run("importmodel", str(folder))
    assert "default:1.0.0 is imported: IsolationForest, 32 features" in said
    assert "note manifest_absent" in said
    assert "deploymodel default:1.0.0" in said
    assert not references.find("1.0.0").deployments.exists()
    assert "nothing changed" in run("importmodel", str(folder))


def test_a_path_below_a_source_goes_to_the_sources_row(source: TrainingSource) -> None:
    row = json.loads(run("importmodel", "models/1.0.0", source="training", model="sshd", json=True))
    assert row["version"]["reference"] == "sshd:1.0.0"
    assert row["transfer"]["source"] == "training"
    assert (row["already_imported"], row["deployed"]) == (False, False)


def test_deploy_after_the_import_when_asked(folder: Path) -> None:
    said = run("importmodel", str(folder), deploy=True, reason="first model")
    assert "default:1.0.0 is deployed. Generation 1." in said
    assert ModelVersion.objects.get().deployments.get().reason == "first model"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"reason": "why"}, 2, "--reason belongs to --deploy"),
        ({"source": "none"}, 1, "no enabled training source 'none'"),
        ({"model": "a b"}, 1, "is not a model name"),
        ({}, 1, "There is no package .*nowhere. Check the path"),
    ],
)
def test_a_failure_is_one_reason_and_an_exit_code(
    options: Any, code: int, words: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=words) as failed:
        run("importmodel", str(tmp_path / "nowhere"), **options)
    assert failed.value.returncode == code


def test_a_scan_shows_state_and_why_not(source: TrainingSource, folder: Path) -> None:
    packages.write_folder(folder.parent / "half", {"model.joblib": b"x"})
    run("importmodel", "models/1.0.0", source="training")
    packages.write_folder(folder.parent / "2.0.0", packages.service_members("2.0.0", seed=1))
    said = run("scansource")
    lines = {line.split()[0]: line for line in said.splitlines()}
    assert "default:1.0.0" in lines["imported"]
    assert "models/2.0.0" in lines["new"]
    assert "package_missing_file" in lines["not"]
    states = {
        row["path"]: row["state"] for row in json.loads(run("scansource", "training", json=True))["packages"]
    }
    assert states == {"models/1.0.0": "imported", "models/2.0.0": "new", "models/half": "not importable"}
    source.refresh_from_db()
    assert source.scan_summary == {"new": 1, "imported": 1, "not_importable": 1, "problem": None}
    assert source.scanned_at is not None


def test_the_same_label_with_other_content_is_not_importable(source: TrainingSource, folder: Path) -> None:
    run("importmodel", "models/1.0.0", source="training")
    packages.write_folder(folder.parent / "other", packages.service_members(seed=1))
    rows = json.loads(run("scansource", "training", json=True))["packages"]
    assert [row["problem"]["code"] for row in rows if row["path"] == "models/other"] == ["version_conflict"]


def test_a_folder_can_be_scanned_without_a_source(folder: Path) -> None:
    assert "models/1.0.0" in run("scansource", str(folder.parent.parent))
    assert not TrainingSource.objects.exists()


def test_a_source_that_is_away_hides_no_other_and_says_so(source: TrainingSource, tmp_path: Path) -> None:
    TrainingSource.objects.create(name="away", location=str(tmp_path / "nowhere"))
    said = run("scansource")
    assert "away: The folder of the training source cannot be read" in said
    assert "models/1.0.0" in said
    with pytest.raises(CommandError) as failed:
        run("scansource", "away")
    assert failed.value.returncode == 1
    assert TrainingSource.objects.get(name="away").scan_summary["problem"]["code"] == "source_unavailable"


def test_a_place_that_is_not_there_is_one_sentence() -> None:
    out = StringIO()
    with pytest.raises(CommandError, match=r"^/nope: "):
        call_command("scansource", "/nope", stdout=out)
    assert out.getvalue() == ""


def test_nothing_to_scan_says_what_to_do() -> None:
    assert "No training source is set up" in run("scansource")


def test_the_scheduled_scan_counts_and_recovers(source: TrainingSource) -> None:
    with staging.guarded(conf.staging_root()) as owner:
        dead = Transfer.objects.create(origin="x", actor="tester", channel="command", owner=owner)
    assert scan_sources() == {"training": 1}
    dead.refresh_from_db()
    assert dead.status == "interrupted"
