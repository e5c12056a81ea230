"""What somebody sees while a model falls back, and the ways out of it."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from inference.choices import FaultKind
from inference.models import ServingFault
from inference.resilience import stepping
from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, ModelVersion, RegisteredModel
from monitoring.models import Alert
from tests.integration.admin.conftest import SignIn
from tests.integration.conftest import ACTOR, RegisterVersion, Trained


@pytest.fixture
def failed(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> ModelVersion:
    """``default:2.0.0`` failed, and the hub deployed ``default:1.0.0`` in its place."""
    version = register_version(retrained, "2.0.0")
    lifecycle.deploy(version, ACTOR)
    detail = "5 of the last 6 calls failed"
    stepping.report(version, FaultKind.EXCEPTIONS, detail, process="node:1:2", calls=5, serves="the rules")
    stepping.step_back(version, FaultKind.EXCEPTIONS, detail)
    return version


def test_the_overview_says_what_failed_what_answers_and_what_to_do(
    chief: Client, failed: ModelVersion
) -> None:
    page = chief.get("/admin/").content.decode()
    for words in ("default falls back", "5 of the last 6 calls failed", "Keep 1.0.0", "Deploy 2.0.0 again"):
        assert words in page


def test_the_overview_is_silent_otherwise(chief: Client, deployed_version: ModelVersion) -> None:
    assert "falls back" not in chief.get("/admin/").content.decode()


def test_keeping_what_took_over_is_a_decision_and_ends_the_fallback(
    chief: Client, failed: ModelVersion
) -> None:
    held = Deployment.objects.open().get()
    url = reverse("admin:registry_modelversion_operation", args=[held.version_id, "rollback"])
    assert chief.get(url).status_code == 200
    shown = {"generation": RegisteredModel.objects.get().generation}
    chief.post(url, {"reason": "It will do", **shown})
    now = Deployment.objects.open().get()
    assert (now.version, now.fallback_from, now.actor) == (held.version, None, "chief")
    stepping.settle_alerts()
    assert "falls back" not in chief.get("/admin/").content.decode()


def test_the_list_of_deployments_marks_what_the_hub_did(chief: Client, failed: ModelVersion) -> None:
    assert chief.get(reverse("admin:registry_deployment_changelist")).content.count(b">automatic<") == 1
    row = reverse("admin:registry_deployment_change", args=[Deployment.objects.open().get().pk])
    assert b"In the place of" in chief.get(row).content


def test_faults_are_listed_and_lead_to_their_page(chief: Client, failed: ModelVersion) -> None:
    listed = chief.get(
        reverse("admin:inference_servingfault_changelist") + f"?version__id__exact={failed.pk}"
    )
    assert b"Exceptions while scoring" in listed.content
    fault = ServingFault.objects.get()
    page = chief.get(reverse("admin:inference_servingfault_change", args=[fault.pk])).content.decode()
    assert "5 of the last 6 calls failed" in page
    assert "node:1:2" in page


def test_faults_need_their_permission(sign_in: SignIn, failed: ModelVersion) -> None:
    url = reverse("admin:inference_servingfault_changelist")
    assert sign_in("registry.view_modelversion").get(url).status_code == 403
    assert sign_in("inference.view_servingfault", name="eve").get(url).status_code == 200


def test_a_damaged_version_says_so(chief: Client, failed: ModelVersion) -> None:
    ModelVersion.objects.filter(pk=failed.pk).update(corrupt_at="2026-11-23T05:00:00Z")
    page = chief.get(reverse("admin:registry_modelversion_change", args=[failed.pk])).content
    assert b">damaged<" in page
    listed = chief.get(reverse("admin:registry_modelversion_changelist")).content
    assert b">damaged<" in listed


def test_a_damaged_version_is_imported_again_instead_of_deployed_again(
    chief: Client, failed: ModelVersion
) -> None:
    ModelVersion.objects.filter(pk=failed.pk).update(corrupt_at="2026-11-23T05:00:00Z")
    home = chief.get("/admin/").content.decode()
    assert "Import 2.0.0 again" in home
    assert "Deploy 2.0.0 again" not in home
    page = chief.get(reverse("admin:registry_modelversion_change", args=[failed.pk])).content.decode()
    assert "import its package again" in page


def test_the_alert_of_a_fallback_leads_to_the_faults(chief: Client, failed: ModelVersion) -> None:
    alert = Alert.objects.get(kind="fallback")
    page = chief.get(reverse("admin:monitoring_alert_change", args=[alert.pk])).content.decode()
    assert "Serving faults of this version" in page
    assert "Drift checks of this version" not in page


def test_the_command_marks_a_damaged_version(
    failed: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    ModelVersion.objects.filter(pk=failed.pk).update(corrupt_at="2026-11-23T05:00:00Z")
    call_command("listmodels")
    assert "available, damaged" in capsys.readouterr().out


def test_the_list_of_processes_says_that_the_model_falls_back(
    failed: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("listreplicas")
    assert "default falls back: 2.0.0 failed, 1.0.0 was deployed in its place" in capsys.readouterr().out
