"""``performancereport`` and ``prunemetrics``."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from modelhub.registry.models import ModelVersion
from monitoring.models import InferenceMetric
from tests.integration.monitoring.metric_rows import add_row, ago


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_report_is_readable_in_a_terminal(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(minutes=5), requests=5)
    text = printed("performancereport", "1.0.0", "--window", "1h")
    assert "default:1.0.0" in text
    assert "Requests        5" in text
    assert "- The version was never checked for drift" in text


def test_the_report_as_json_is_one_object(deployed_version: ModelVersion) -> None:
    found = json.loads(printed("performancereport", "1.0.0", "--json"))
    assert found["model_version"] == "1.0.0"


def test_the_report_goes_to_a_file(deployed_version: ModelVersion, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    printed("performancereport", "1.0.0", "--format", "html", "--out", str(out))
    assert out.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("arguments", [["9.9.9"], ["1.0.0", "--window", "soon"]])
def test_what_cannot_be_reported_is_said(deployed_version: ModelVersion, arguments: list[str]) -> None:
    with pytest.raises(CommandError) as failure:
        printed("performancereport", *arguments)
    assert failure.value.returncode == 1


def test_a_dry_run_deletes_nothing(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(days=40))
    assert printed("prunemetrics", "--days", "30", "--dry-run").strip() == (
        "1 metric rows would be deleted, 0 kept."
    )
    assert InferenceMetric.objects.count() == 1


def test_pruning_deletes_and_says_so(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(days=40))
    found = json.loads(printed("prunemetrics", "--days", "30", "--json"))
    assert (found["deleted"], found["kept"]) == (1, 0)
    assert not InferenceMetric.objects.exists()


def test_everything_goes_only_when_confirmed(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(days=40))
    with pytest.raises(CommandError, match="confirm"):
        printed("prunemetrics", "--days", "0")
    assert InferenceMetric.objects.count() == 1
