"""Operations on versions through the admin: confirmed, permitted, refused in words, kept as rows."""

import pytest
from django.test import Client
from django.urls import reverse

from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion, RegisteredModel
from tests.integration.admin.conftest import SignIn
from tests.integration.conftest import ACTOR, RegisterVersion, Trained
from tests.integration.test_loading import damage

ADD = "/admin/registry/deployment/add/"


@pytest.fixture
def candidate(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> ModelVersion:
    """``default:2.0.0``, not deployed, beside the deployed ``default:1.0.0``."""
    return register_version(retrained, "2.0.0")


def operation(version: ModelVersion, name: str) -> str:
    return reverse("admin:registry_modelversion_operation", args=[version.pk, name])


def shown() -> dict[str, int]:
    """The state that the confirmation page carries."""
    return {"generation": RegisteredModel.objects.get().generation}


def deployed() -> str:
    found = Deployment.objects.open().get().version
    return found.label


def test_adding_a_deployment_begins_with_choosing_a_version(chief: Client, candidate: ModelVersion) -> None:
    page = chief.get(ADD).content.decode()
    assert f"?version={candidate.pk}" in page
    assert "default:1.0.0" in page


def test_the_confirmation_shows_current_against_candidate_and_changes_nothing(
    chief: Client, candidate: ModelVersion
) -> None:
    page = chief.get(f"{ADD}?version={candidate.pk}").content.decode()
    for words in ("1.0.0", "2.0.0", "deployed now", "candidate", "Threshold", "Gates, checked just now"):
        assert words in page
    assert page.count("passed") == 5
    assert deployed() == "1.0.0"


def test_confirming_deploys_with_person_and_reason_and_leads_to_the_row(
    chief: Client, candidate: ModelVersion
) -> None:
    answer = chief.post(ADD, {"version": candidate.pk, "reason": "Fewer false alarms", **shown()})
    row = Deployment.objects.open().get()
    assert (row.version, row.actor, row.channel, row.reason) == (
        candidate,
        "chief",
        "admin",
        "Fewer false alarms",
    )
    assert answer["Location"] == reverse("admin:registry_deployment_change", args=[row.pk])
    assert "2.0.0 is deployed" in chief.get(answer["Location"]).content.decode()


def test_a_failed_gate_is_said_on_the_page_and_nothing_changes(
    chief: Client, candidate: ModelVersion
) -> None:
    damage(candidate)
    page = chief.get(f"{ADD}?version={candidate.pk}").content.decode()
    assert "missing or damaged" in page
    assert "disabled" in page
    answer = chief.post(ADD, {"version": candidate.pk, **shown()})
    assert answer.status_code == 422
    assert "validation_failed" in answer.content.decode()
    assert deployed() == "1.0.0"


def test_a_confirmation_of_an_old_state_is_refused_with_the_new_comparison(
    chief: Client, candidate: ModelVersion, register_version: RegisterVersion, trained: Trained
) -> None:
    seen = RegisteredModel.objects.get().generation
    lifecycle.load(candidate, ACTOR)
    answer = chief.post(ADD, {"version": candidate.pk, "generation": seen})
    assert answer.status_code == 409
    assert "changed while this was being prepared" in answer.content.decode()
    assert deployed() == "1.0.0"


def test_a_confirmation_that_does_not_say_what_it_showed_is_refused(
    chief: Client, candidate: ModelVersion
) -> None:
    assert chief.post(ADD, {"version": candidate.pk}).status_code == 409
    assert deployed() == "1.0.0"


def test_deploying_what_is_deployed_says_that_nothing_was_to_do(
    chief: Client, deployed_version: ModelVersion
) -> None:
    answer = chief.post(ADD, {"version": deployed_version.pk, **shown()}, follow=True)
    assert "Nothing to do" in answer.content.decode()
    assert Deployment.objects.count() == 1


@pytest.mark.parametrize("key", ["999", "x", "9" * 40])
def test_an_unknown_version_leads_back_to_the_choice(
    chief: Client, deployed_version: ModelVersion, key: str
) -> None:
    assert chief.get(f"{ADD}?version={key}")["Location"] == ADD


def test_rolling_back_returns_to_the_earlier_version(chief: Client, candidate: ModelVersion) -> None:
    lifecycle.deploy(candidate, ACTOR)
    earlier = ModelVersion.objects.get(label="1.0.0")
    assert "deployed before" in chief.get(operation(earlier, "rollback")).content.decode()
    answer = chief.post(operation(earlier, "rollback"), {"reason": "Too many alarms", **shown()}, follow=True)
    assert "Rolled back to default:1.0.0" in answer.content.decode()
    assert deployed() == "1.0.0"


def test_rolling_back_to_a_version_that_never_served_is_refused_in_words(
    chief: Client, candidate: ModelVersion
) -> None:
    answer = chief.post(operation(candidate, "rollback"), shown())
    assert answer.status_code == 409
    assert "was never deployed" in answer.content.decode()


def test_loading_serves_without_deploying(chief: Client, candidate: ModelVersion) -> None:
    chief.post(operation(candidate, "load"), {"reason": "trial", **shown()})
    assert RegisteredModel.objects.get().current_version == candidate
    assert deployed() == "1.0.0"
    page = chief.get(reverse("admin:registry_modelversion_change", args=[candidate.pk])).content.decode()
    assert "loaded for a trial" in page


def test_deactivating_and_activating_again(chief: Client, candidate: ModelVersion) -> None:
    chief.post(operation(candidate, "deactivate"))
    assert not ModelVersion.objects.get(pk=candidate.pk).is_active
    chief.post(operation(candidate, "activate"))
    assert ModelVersion.objects.get(pk=candidate.pk).is_active


def test_deactivating_what_serves_is_refused_in_words(chief: Client, deployed_version: ModelVersion) -> None:
    answer = chief.post(operation(deployed_version, "deactivate"))
    assert answer.status_code == 409
    assert "deployed or loaded" in answer.content.decode()


def test_an_unknown_operation_is_a_404(chief: Client, deployed_version: ModelVersion) -> None:
    assert chief.post(operation(deployed_version, "destroy")).status_code == 404


NEEDED = {
    "deploy": "registry.add_deployment",
    "rollback": "registry.rollback_deployment",
    "load": "registry.load_modelversion",
    "activate": "registry.toggle_modelversion",
    "deactivate": "registry.toggle_modelversion",
    "delete": "registry.delete_modelversion",
}


@pytest.mark.parametrize("name", NEEDED)
def test_an_operation_needs_its_own_permission(sign_in: SignIn, candidate: ModelVersion, name: str) -> None:
    others = {"registry.view_modelversion", *NEEDED.values()} - {NEEDED[name]}
    client = sign_in(*others)
    before = LifecycleEvent.objects.count()
    assert client.get(operation(candidate, name)).status_code == 403
    assert client.post(operation(candidate, name)).status_code == 403
    assert LifecycleEvent.objects.count() == before


def test_deploying_by_the_add_page_needs_the_permission(sign_in: SignIn, candidate: ModelVersion) -> None:
    client = sign_in("registry.view_modelversion", "registry.view_deployment")
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"version": candidate.pk}).status_code == 403
    assert deployed() == "1.0.0"


def test_a_person_sees_no_button_for_what_they_may_not_do(sign_in: SignIn, candidate: ModelVersion) -> None:
    viewer = sign_in("registry.view_modelversion")
    page = viewer.get(reverse("admin:registry_modelversion_change", args=[candidate.pk])).content.decode()
    assert "rocket_launch" not in page
    assert operation(candidate, "load") not in page
    loader = sign_in("registry.view_modelversion", "registry.load_modelversion", name="jon")
    page = loader.get(reverse("admin:registry_modelversion_change", args=[candidate.pk])).content.decode()
    assert operation(candidate, "load") in page
    assert operation(candidate, "deactivate") not in page


def test_nobody_acts_without_signing_in(client: Client, candidate: ModelVersion) -> None:
    assert client.post(ADD, {"version": candidate.pk}).status_code == 302
    assert client.post(operation(candidate, "load")).status_code == 302
    assert LifecycleEvent.objects.filter(version=candidate).count() == 0


def test_a_forged_post_is_refused(candidate: ModelVersion, chief: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = chief.cookies
    assert strict.post(ADD, {"version": candidate.pk}).status_code == 403
    assert deployed() == "1.0.0"


APPEND_ONLY = ["modelversion", "deployment", "lifecycleevent"]


@pytest.mark.parametrize("kind", APPEND_ONLY)
def test_even_a_superuser_edits_and_deletes_nothing(
    chief: Client, deployed_version: ModelVersion, kind: str
) -> None:
    key = {"modelversion": ModelVersion, "deployment": Deployment, "lifecycleevent": LifecycleEvent}[kind]
    row = key.objects.first()  # type: ignore[attr-defined]
    assert chief.get(reverse(f"admin:registry_{kind}_delete", args=[row.pk])).status_code == 403
    assert (
        chief.post(reverse(f"admin:registry_{kind}_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 403
    )
    chief.post(reverse(f"admin:registry_{kind}_change", args=[row.pk]), {"reason": "rewritten", "label": "x"})
    assert vars(key.objects.get(pk=row.pk)) | {"_state": 0} == vars(row) | {"_state": 0}  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", ["registry_modelversion", "registry_lifecycleevent", "monitoring_anomaly"])
def test_facts_cannot_be_added_by_hand(chief: Client, page: str) -> None:
    assert chief.get(reverse(f"admin:{page}_add")).status_code == 403
