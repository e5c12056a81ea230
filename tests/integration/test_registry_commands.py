"""Deleting, naming and pruning versions from the command line, and pruning on a schedule."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from modelhub.audit.models import AuditEntry
from modelhub.registry.models import ModelVersion
from modelhub.registry.tasks import prune_versions
from tests.integration.conftest import RegisterVersion, Trained


def run(*arguments: str) -> Any:
    said = io.StringIO()
    call_command(*arguments, "--json", stdout=said)
    return json.loads(said.getvalue())


@pytest.fixture
def old(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> ModelVersion:
    """``default:0.9``, a year old and never deployed, beside the deployed ``default:1.0.0``."""
    version = register_version(retrained, "0.9")
    ModelVersion.objects.update(imported_at=timezone.now() - timedelta(days=365))
    return version


def test_a_dry_run_names_what_would_go_and_why_the_rest_stays(old: ModelVersion) -> None:
    report = run("pruneversions", "--keep-last", "0", "--keep-days", "30", "--dry-run")
    found = {line["version"]: line["kept"] for line in report["versions"]}
    assert found["default:0.9"] == ""
    assert found["default:1.0.0"].startswith("it is deployed")
    assert ModelVersion.objects.count() == 2


def test_pruning_deletes_it_with_an_audit_entry(old: ModelVersion) -> None:
    assert run("pruneversions", "--keep-last", "0", "--keep-days", "30")["deleted"] == ["default:0.9"]
    assert AuditEntry.objects.get(action="version.delete").reason.startswith("retention")


def test_the_table_says_what_became_of_each(old: ModelVersion) -> None:
    said = io.StringIO()
    call_command("pruneversions", "--keep-last", "0", "--dry-run", stdout=said)
    assert "would go" in said.getvalue()
    assert "1 version(s) would be deleted." in said.getvalue()


@pytest.mark.parametrize("arguments", [["--keep-last", "-1"], ["--keep-days", "nan"], ["--model", "nope"]])
def test_a_rule_that_cannot_be_meant_ends_with_a_reason(old: ModelVersion, arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("pruneversions", *arguments)
    assert refused.value.returncode == 1
    assert ModelVersion.objects.count() == 2


def test_the_scheduled_pruning_keeps_what_is_recent_by_default(old: ModelVersion) -> None:
    assert prune_versions() == {"versions": 2, "deleted": 0}
    assert prune_versions(keep_last=0, keep_days=30) == {"versions": 2, "deleted": 1}
    assert AuditEntry.objects.get(action="version.delete").channel == "schedule"


def test_deleting_says_what_is_released(old: ModelVersion) -> None:
    said = io.StringIO()
    call_command("deletemodel", "0.9", "--reason", "a mistake", stdout=said)
    assert "default:0.9 is deleted; its history stays." in said.getvalue()
    assert "1 file(s)" in said.getvalue()


def test_deleting_what_serves_ends_with_a_reason(old: ModelVersion) -> None:
    with pytest.raises(CommandError, match="it is deployed") as refused:
        call_command("deletemodel", "1.0.0")
    assert refused.value.returncode == 1


def test_an_alias_is_set_moved_and_removed(old: ModelVersion) -> None:
    assert run("setalias", "0.9", "shadow")["changed"]
    assert run("setalias", "1.0.0", "shadow")["moved_from"] == "0.9"
    assert run("setalias", "default@shadow", "shadow", "--remove")["removed"]
    with pytest.raises(CommandError, match="no alias 'shadow'"):
        call_command("setalias", "1.0.0", "shadow", "--remove")
