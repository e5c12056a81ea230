"""Validation from the package to the gate: imported, judged, refused or forced, and told at every door."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client

from inference.models import ValidationReport
from inference.validation import operation
from inference.validator import ModelValidator
from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.errors import Code, GateFailed, InputInvalid
from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, ModelVersion
from modelhub.transfers import presentation
from modelhub.transfers.importing import import_local
from modelhub.transfers.models import Transfer
from tests import packages
from tests.integration.conftest import RegisterVersion, Trained

V1 = "/api/v1/model-management"
ACTOR = Actor("tester", Channel.COMMAND)
JSON = "application/json"
pytestmark = pytest.mark.django_db


def package(folder: Path, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Path:
    """A signed deployment package whose metadata and metrics were changed before signing."""
    members = packages.service_members()
    metadata = json.loads(members["metadata.json"])
    change(metadata, metadata["evaluation_info"]["basic_metrics"])
    members["metadata.json"] = packages.encoded(metadata)
    members["deployment_manifest.json"] = packages.encoded(packages.manifest(members))
    return packages.write_folder(folder, members)


def imported(folder: Path, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Transfer:
    return import_local(package(folder / "package", change), ACTOR)


def codes(row: Transfer) -> set[str]:
    report = ValidationReport.objects.get(version=row.version)
    return {finding.code for finding in operation.report_of(report).findings}


def at_the_wrong_tail(metadata: dict[str, Any], metrics: dict[str, Any]) -> None:
    metrics["threshold_value"] = float(np.percentile(packages.fit().scores, 10))


# The three threshold mistakes


def test_the_90th_percentile_of_score_samples_is_replaced_with_a_warning(tmp_path: Path) -> None:
    def wrong(metadata: dict[str, Any], metrics: dict[str, Any]) -> None:
        metrics["threshold_value"] = float(np.percentile(-packages.fit().scores, 90))

    row = imported(tmp_path, wrong)
    assert row.version is not None
    assert (row.version.threshold_source, row.version.threshold > 0) == ("offset", True)
    assert "threshold_sign" in codes(row)
    assert ValidationReport.objects.get().is_valid


def test_a_wrong_tail_with_the_right_sign_is_imported_invalid_and_not_deployable(tmp_path: Path) -> None:
    row = imported(tmp_path, at_the_wrong_tail)
    assert "threshold_flags_most" in codes(row)
    answer = presentation.imported(row)["validation"]
    assert (answer["is_valid"], answer["report_id"]) == (False, ValidationReport.objects.get().pk)
    assert row.version is not None
    with pytest.raises(GateFailed) as refused:
        lifecycle.deploy(row.version, ACTOR)
    assert (refused.value.code, [e.code for e in refused.value.errors]) == (
        Code.VALIDATION_FAILED,
        ["threshold_flags_most"],
    )


def test_recorded_counts_and_a_perfect_recall_are_told(tmp_path: Path) -> None:
    def contradicting(metadata: dict[str, Any], metrics: dict[str, Any]) -> None:
        metadata["evaluation_info"]["thresholds"] = {"p90": {"anomaly_count": 58, "recall": 1.0}}

    row = imported(tmp_path, contradicting)
    assert {"recorded_counts", "metric_tautological"} <= codes(row)
    assert not ValidationReport.objects.get().is_valid


# Import


def test_without_validation_the_version_is_there_and_the_gate_still_asks(tmp_path: Path) -> None:
    folder = package(tmp_path / "package", at_the_wrong_tail)
    row = import_local(folder, ACTOR, validate=False)
    assert presentation.imported(row)["validation"] is None
    assert not ValidationReport.objects.exists()
    assert row.version is not None
    with pytest.raises(GateFailed):
        lifecycle.deploy(row.version, ACTOR)
    assert ValidationReport.objects.get().actor == "tester"


def broken(*args: Any, **kwargs: Any) -> None:
    """A validation that fails itself."""
    raise ZeroDivisionError


def test_a_failing_validation_never_loses_the_import(tmp_path: Path, settings: Any) -> None:
    settings.MODELHUB = settings.MODELHUB | {"VALIDATE_VERSION": f"{__name__}.broken"}
    row = imported(tmp_path, lambda metadata, metrics: None)
    assert row.status == "imported"
    assert presentation.imported(row)["validation"] is None


# The gate


@pytest.fixture
def invalid(register_version: RegisterVersion, trained: Trained) -> ModelVersion:
    """A version that loads and whose threshold flags everything."""
    version = register_version(trained)
    version.metrics = {"score_min": 0.4, "score_max": 0.7, "score_mean": 0.5, "score_std": 0.05}
    version.threshold = 0.3
    version.save()
    return version


def may(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("maria")
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client.force_login(user)
    return client


def deploy(client: Client, body: Mapping[str, Any]) -> tuple[int, str]:
    answer = client.post(f"{V1}/1.0.0/deploy", body, content_type=JSON)
    return answer.status_code, answer.json().get("code", "")


def test_deploy_and_load_are_refused_naming_the_failed_checks(invalid: ModelVersion, api: Client) -> None:
    for address in (f"{V1}/1.0.0/deploy", "/api/v1/models/1.0.0/load"):
        answer = api.post(address, {}, content_type=JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [fault["code"] for fault in answer.json()["errors"]] == ["threshold_flags_most"]
    assert ValidationReport.objects.count() == 1
    assert not Deployment.objects.exists()


def test_force_needs_its_own_permission_and_a_reason(invalid: ModelVersion) -> None:
    operator = may(Client(), "registry.add_deployment")
    assert deploy(operator, {"force": True, "reason": "urgent"}) == (403, "permission_denied")
    user = User.objects.get(username="maria")
    user.user_permissions.add(Permission.objects.get(codename="force_modelversion"))
    assert deploy(operator, {"force": True, "reason": "  "}) == (422, "body_invalid")
    assert not Deployment.objects.exists()
    assert deploy(operator, {"force": True, "reason": "urgent"}) == (200, "")


def test_force_is_written_down(invalid: ModelVersion) -> None:
    lifecycle.deploy(invalid, ACTOR, force=True, reason="urgent")
    entry = AuditEntry.objects.filter(action="version.deploy").first()
    assert entry is not None
    assert (entry.after["forced"], entry.reason) == (True, "urgent")
    assert Deployment.objects.get().forced
    assert invalid.events.get(operation="deploy").after["forced"]


def test_a_forced_version_deployed_again_is_unchanged(invalid: ModelVersion, api: Client) -> None:
    lifecycle.deploy(invalid, ACTOR, force=True, reason="urgent")
    assert deploy(api, {}) == (200, "")


def test_force_never_passes_by_the_other_gates(invalid: ModelVersion) -> None:
    invalid.artifacts.all().delete()
    with pytest.raises(GateFailed):
        lifecycle.deploy(invalid, ACTOR, force=True, reason="urgent")
    with pytest.raises(InputInvalid):
        lifecycle.deploy(invalid, ACTOR, force=True)


def test_the_way_back_stays_open(
    invalid: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    lifecycle.deploy(invalid, ACTOR, force=True, reason="urgent")
    lifecycle.deploy(register_version(retrained, "2.0.0"), ACTOR)
    assert lifecycle.rollback(invalid, ACTOR).changed


# The endpoints


def test_validate_stores_a_report_with_its_audit_entry(deployed_version: ModelVersion, api: Client) -> None:
    answers = [api.post(f"{V1}/1.0.0/validate", {}, content_type=JSON).json() for _ in range(2)]
    first, second = answers
    assert first["is_valid"] is True
    assert {"score", "errors", "warnings", "recommendations", "quality_metrics", "issues"} <= set(first)
    stored = ValidationReport.objects.get(pk=first["report_id"])
    assert stored.channel == "api"
    assert AuditEntry.objects.filter(action="version.validate", target="default:1.0.0").count() == 3
    assert first["checks"] == second["checks"]


def test_reference_rows_are_scored_in_either_form(
    deployed_version: ModelVersion, api: Client, trained: Trained
) -> None:
    lists = trained.rows[:60].tolist()
    objects = [dict(zip(deployed_version.feature_names, row, strict=True)) for row in lists]
    figures = []
    for rows in (lists, objects):
        answer = api.post(f"{V1}/1.0.0/validate", {"reference_data": rows}, content_type=JSON).json()
        figures.append(next(c["figures"] for c in answer["checks"] if c["name"] == "reference_data"))
    assert figures[0] == figures[1]
    assert figures[0]["rows"] == 60
    assert figures[0]["alert_rate"] == pytest.approx(
        np.mean(trained.scores[:60] > trained.threshold), abs=1e-6
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reference_data": [[1.0]]}, "/reference_data/0"),
        ({"reference_data": [{"x": 1}]}, "/reference_data/0"),
        ({"reference_data": "rows"}, "/reference_data"),
        ({"reference_data": [[0.0]] * 10_001}, "/reference_data"),
        ({"rows": []}, "/rows"),
        ([1], ""),
    ],
)
def test_malformed_reference_rows_are_named(
    deployed_version: ModelVersion, api: Client, body: Any, pointer: str
) -> None:
    answer = api.post(f"{V1}/1.0.0/validate", json.dumps(body), content_type=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("wrap", [lambda names: names, lambda names: {"target_features": names}])
def test_compatible_means_every_needed_feature_is_offered(
    deployed_version: ModelVersion, api: Client, wrap: Callable[[list[str]], Any]
) -> None:
    def ask(names: list[str]) -> dict[str, Any]:
        answer: dict[str, Any] = api.post(
            f"{V1}/1.0.0/validate-compatibility/", json.dumps(wrap(names)), content_type=JSON
        ).json()
        return answer

    needed = deployed_version.feature_names
    assert ask([*needed, "more"])["compatible"] is True
    assert ask(needed[:1])["missing_features"] == needed[1:]


@pytest.mark.parametrize("body", ["null", "{}", '{"target_features": 1}', "[1]", '[""]', '"a"'])
def test_feature_names_of_another_shape_are_refused(
    deployed_version: ModelVersion, api: Client, body: str
) -> None:
    answer = api.post(f"{V1}/1.0.0/validate-compatibility", body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "body_invalid")


def test_reading_a_report_writes_nothing(
    register_version: RegisterVersion, trained: Trained, api: Client
) -> None:
    register_version(trained)
    answer = api.get(f"{V1}/1.0.0/validation-report").json()
    assert (answer["stored"], answer["report_id"], answer["quality"]["is_valid"]) == (False, None, True)
    assert not ValidationReport.objects.exists()


def test_the_page_is_self_contained_and_escapes_what_is_stored(
    deployed_version: ModelVersion, api: Client
) -> None:
    deployed_version.notes = [{"code": "odd", "detail": "<script>alert(1)</script>\x1b[31m"}]
    deployed_version.save()
    answer = api.get(f"{V1}/1.0.0/validation-report?format=html")
    page = answer.content.decode()
    assert answer["Content-Type"].startswith("text/html")
    assert "<script" not in page
    assert "\\x1b[31m" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<svg" in page


@pytest.mark.parametrize(
    ("query", "status"), [("?format=json", 200), ("?format=xml", 422), ("?format=html", 200)]
)
def test_the_format_is_one_of_two(
    deployed_version: ModelVersion, api: Client, query: str, status: int
) -> None:
    assert api.get(f"{V1}/1.0.0/validation-report/{query}").status_code == status


def test_an_unknown_version_is_a_404_in_json_also_for_the_page(db: None, api: Client) -> None:
    answer = api.get(f"{V1}/nope/validation-report?format=html")
    assert (answer.status_code, answer.json()["code"]) == (404, "version_not_found")


@pytest.mark.parametrize("path", ["import/validate", "import-latest/validate"])
def test_fixed_words_are_never_taken_for_versions(db: None, api: Client, path: str) -> None:
    answer = api.post(f"{V1}/{path}", {}, content_type=JSON)
    assert answer.json()["code"] != "version_not_found"


# Commands and the façade


def test_the_command_leaves_with_1_for_an_invalid_version(
    invalid: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        call_command("validatemodel", "1.0.0")
    assert left.value.code == 1
    assert "NOT VALID" in capsys.readouterr().out


def test_the_command_reads_reference_rows(
    deployed_version: ModelVersion, trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "rows.npz", X=trained.rows[:60])
    call_command("validatemodel", "1.0.0", "--reference", str(tmp_path / "rows.npz"), "--json")
    assert json.loads(capsys.readouterr().out)["reference_rows"] == 60


@pytest.mark.django_db(transaction=True)
def test_the_facade_validates_versions_and_packages(
    register_version: RegisterVersion, trained: Trained, tmp_path: Path
) -> None:
    register_version(trained)
    folder = package(tmp_path / "package", at_the_wrong_tail)
    validator = ModelValidator("script")

    async def ask() -> list[dict[str, Any]]:
        return [
            await validator.validate_model_quality("1.0.0"),
            await validator.validate_model_quality(str(folder)),
            await validator.validate_model_compatibility("1.0.0", ["x"]),
            await validator.check_model_drift("1.0.0", trained.rows),
            await validator.generate_validation_report("1.0.0"),
        ]

    version, unregistered, compatible, drift, report = asyncio.run(ask())
    assert (version["is_valid"], ValidationReport.objects.get().actor) == (True, "script")
    assert (unregistered["is_valid"], unregistered["report_id"]) == (False, None)
    assert compatible["compatible"] is False
    assert drift["verdict"] == "insufficient_data"  # the version brought no training profile
    assert report["report_id"] == version["report_id"]
    assert ModelVersion.objects.count() == 1
