"""Deleting versions and setting aliases through the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from modelhub.registry import lifecycle
from modelhub.registry.models import Alias, LifecycleEvent, ModelVersion
from tests.integration.admin.conftest import SignIn
from tests.integration.conftest import ACTOR, RegisterVersion, Trained


@pytest.fixture
def candidate(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> ModelVersion:
    """``default:2.0.0``, not deployed, beside the deployed ``default:1.0.0``."""
    return register_version(retrained, "2.0.0")


def operation(version: ModelVersion, name: str) -> str:
    return reverse("admin:registry_modelversion_operation", args=[version.pk, name])


def page_of(version: ModelVersion) -> str:
    return reverse("admin:registry_modelversion_change", args=[version.pk])


def aliases_of(version: ModelVersion) -> str:
    return reverse("admin:registry_modelversion_aliases", args=[version.pk])


def test_the_confirmation_says_what_deleting_does_and_deletes_nothing(
    chief: Client, candidate: ModelVersion
) -> None:
    page = chief.get(operation(candidate, "delete")).content.decode()
    assert "leaves every list" in page
    assert "must be imported again" in page
    assert ModelVersion.objects.filter(pk=candidate.pk).exists()


def test_a_deleted_version_leaves_the_list_and_keeps_a_page_without_operations(
    chief: Client, candidate: ModelVersion
) -> None:
    page = chief.post(operation(candidate, "delete"), {"reason": "a mistake"}, follow=True).content.decode()
    assert "default:2.0.0 is deleted" in page
    assert "a mistake" in page
    assert operation(candidate, "load") not in page
    assert (
        "default:2.0.0" not in chief.get(reverse("admin:registry_modelversion_changelist")).content.decode()
    )
    assert chief.post(operation(candidate, "load")).status_code == 404
    assert chief.get(aliases_of(candidate)).status_code == 404


def test_every_page_that_led_to_a_deleted_version_still_opens(chief: Client, candidate: ModelVersion) -> None:
    chief.post(operation(candidate, "delete"))
    event = LifecycleEvent.objects.get(operation="delete")
    for name, key in (("lifecycleevent", event.pk), ("modelversion", candidate.pk)):
        assert chief.get(reverse(f"admin:registry_{name}_change", args=[key])).status_code == 200
    assert chief.get(reverse("admin:registry_lifecycleevent_changelist")).status_code == 200


def test_what_serves_is_not_offered_for_deletion_and_refused_in_words(
    chief: Client, deployed_version: ModelVersion
) -> None:
    assert operation(deployed_version, "delete") not in chief.get(page_of(deployed_version)).content.decode()
    answer = chief.post(operation(deployed_version, "delete"))
    assert answer.status_code == 409
    assert "it is deployed" in answer.content.decode()


def test_an_alias_is_set_and_removed_on_its_page(chief: Client, candidate: ModelVersion) -> None:
    answer = chief.post(aliases_of(candidate), {"name": "shadow", "reason": "trial"}, follow=True)
    assert "default@shadow means default:2.0.0 now" in answer.content.decode()
    assert LifecycleEvent.objects.get(operation="alias").reason == "trial"
    gone = chief.post(aliases_of(candidate), {"name": "shadow", "remove": "1"}, follow=True)
    assert "means nothing any more" in gone.content.decode()
    assert not Alias.objects.filter(name="shadow").exists()


def test_an_alias_that_follows_deployments_is_shown_and_refused(
    chief: Client, candidate: ModelVersion
) -> None:
    assert "follows deployments" in chief.get(aliases_of(candidate)).content.decode()
    answer = chief.post(aliases_of(candidate), {"name": "champion"})
    assert answer.status_code == 422
    assert "follows deployments" in answer.content.decode()


@pytest.mark.parametrize("name", ["", "a\x00b", "<b>x</b>"])
def test_a_name_that_cannot_be_one_is_refused_in_words(
    chief: Client, candidate: ModelVersion, name: str
) -> None:
    answer = chief.post(aliases_of(candidate), {"name": name, "reason": "a\x00b"})
    assert answer.status_code == 422
    assert "<b>x" not in answer.content.decode()


def test_aliases_need_the_permission_to_deploy(sign_in: SignIn, candidate: ModelVersion) -> None:
    client = sign_in("registry.view_modelversion")
    assert client.get(aliases_of(candidate)).status_code == 403
    assert client.post(aliases_of(candidate), {"name": "shadow"}).status_code == 403
    assert not Alias.objects.filter(name="shadow").exists()


def test_going_back_to_a_deleted_version_is_not_offered(chief: Client, candidate: ModelVersion) -> None:
    lifecycle.deploy(candidate, ACTOR)
    Alias.objects.filter(name="previous").delete()
    earlier = ModelVersion.objects.get(label="1.0.0")
    chief.post(operation(earlier, "delete"))
    row = candidate.deployments.get()
    page = chief.get(reverse("admin:registry_deployment_change", args=[row.pk])).content.decode()
    assert "Roll back to" not in page
