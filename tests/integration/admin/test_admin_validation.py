"""Validation in the admin: run it, read it, compare it, and force a deployment past it."""

import pytest
from django.test import Client
from django.urls import reverse

from inference.models import ValidationReport
from inference.validation import operation
from modelhub.actors import Actor, Channel
from modelhub.registry.models import Deployment, ModelVersion
from tests.integration.admin.conftest import SignIn
from tests.integration.conftest import RegisterVersion, Trained

ACTOR = Actor("tester", Channel.COMMAND)
ADD, LIST = "admin:inference_validationreport_add", "admin:inference_validationreport_changelist"


@pytest.fixture
def invalid(register_version: RegisterVersion, trained: Trained) -> ModelVersion:
    """A version whose threshold flags everything."""
    version = register_version(trained, "2.0.0")
    version.metrics = {"score_min": 0.4, "score_max": 0.7}
    version.threshold = 0.3
    version.save()
    return version


def page_of(client: Client, row: ValidationReport) -> str:
    return client.get(reverse("admin:inference_validationreport_change", args=[row.pk])).content.decode()


def deploy_page(version: ModelVersion) -> str:
    return f"{reverse('admin:registry_deployment_add')}?version={version.pk}"


def test_an_empty_list_says_what_to_do(chief: Client) -> None:
    assert "No version was validated yet" in chief.get(reverse(LIST)).content.decode()


def test_add_offers_the_versions_and_asks_before_it_runs(
    chief: Client, deployed_version: ModelVersion
) -> None:
    before = ValidationReport.objects.count()
    assert "default:1.0.0" in chief.get(reverse(ADD)).content.decode()
    page = chief.get(f"{reverse(ADD)}?version={deployed_version.pk}").content.decode()
    assert "Validate this version?" in page
    assert ValidationReport.objects.count() == before


def test_add_without_a_version_says_where_versions_come_from(chief: Client) -> None:
    assert "There is no version to validate" in chief.get(reverse(ADD)).content.decode()


def test_a_confirmed_validation_leads_to_its_report(chief: Client, deployed_version: ModelVersion) -> None:
    answer = chief.post(reverse(ADD), {"version": deployed_version.pk}, follow=True)
    row = ValidationReport.objects.latest("pk")
    assert answer.redirect_chain[0][0].endswith(f"/{row.pk}/change/")
    assert (row.actor, row.channel) == ("chief", "admin")
    assert "Feature names, number and order" in answer.content.decode()


def test_a_report_is_compared_with_the_one_before(chief: Client, invalid: ModelVersion) -> None:
    first = operation.validate(invalid, ACTOR)
    invalid.threshold = 0.6
    invalid.save()
    second = operation.validate(invalid, ACTOR)
    assert "This is the first report" in page_of(chief, first)
    page = page_of(chief, second)
    assert "no longer threshold_flags_most" in page
    assert f"Report #{first.pk}" in page


def test_the_version_page_shows_the_newest_verdict(chief: Client, invalid: ModelVersion) -> None:
    address = reverse("admin:registry_modelversion_change", args=[invalid.pk])
    assert "Not validated yet" in chief.get(address).content.decode()
    operation.validate(invalid, ACTOR)
    page = chief.get(address).content.decode()
    assert "not valid" in page
    assert "flags about 100%" in page


def test_who_may_not_validate_sees_no_way_to(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    client = sign_in("inference.view_validationreport", "registry.view_modelversion")
    assert client.get(reverse(LIST)).status_code == 200
    assert client.get(reverse(ADD)).status_code == 403
    assert client.post(reverse(ADD), {"version": deployed_version.pk}).status_code == 403
    row = operation.validate(deployed_version, ACTOR)
    assert "Validate again" not in page_of(client, row)


def test_the_deploy_page_names_the_failed_checks_and_offers_no_force(
    sign_in: SignIn, invalid: ModelVersion
) -> None:
    client = sign_in("registry.add_deployment")
    page = client.get(deploy_page(invalid)).content.decode()
    assert "Quality checks: failed." in page
    assert 'name="force"' not in page
    assert not ValidationReport.objects.exists()  # looking keeps nothing
    post = {"version": invalid.pk, "generation": 0, "reason": "urgent", "force": "on"}
    assert client.post(deploy_page(invalid), post).status_code == 403
    assert not Deployment.objects.exists()


def test_who_may_force_gives_a_reason(chief: Client, invalid: ModelVersion) -> None:
    assert 'name="force"' in chief.get(deploy_page(invalid)).content.decode()
    wish = {"version": invalid.pk, "generation": 0, "force": "on"}
    assert "needs a reason" in chief.post(deploy_page(invalid), wish).content.decode()
    answer = chief.post(deploy_page(invalid), wish | {"reason": "urgent"}, follow=True)
    assert Deployment.objects.get().forced
    assert "forced" in answer.content.decode()


def test_stored_text_stays_text(chief: Client, deployed_version: ModelVersion) -> None:
    deployed_version.feature_names = ["<b>x</b>\x1b", *deployed_version.feature_names[1:]]
    deployed_version.metadata = {"features.json": ["<i>y</i>"]}
    deployed_version.notes = [{"code": "model_type_differs", "detail": "<u>z</u>\x1b"}]
    deployed_version.save()
    page = page_of(chief, operation.validate(deployed_version, ACTOR))
    assert "&lt;u&gt;z" in page
    assert "\x1b" not in page
