"""Every page of the admin answers, full and empty, with a bounded number of queries."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from inference.models import BatchJob, Replica
from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion, RegisteredModel
from modelhub.transfers.models import TrainingSource, Transfer
from monitoring.models import Anomaly
from tests.integration.admin.conftest import SignIn, add_anomalies
from tests.integration.conftest import ACTOR, RegisterVersion, Trained, train

LISTS = {
    "registry_modelversion": "No versions yet",
    "registry_deployment": "Nothing was deployed yet",
    "registry_lifecycleevent": "No history yet",
    "registry_registeredmodel": "No registered models yet",
    "transfers_trainingsource": "No training sources yet",
    "transfers_transfer": "Nothing arrived yet",
    "monitoring_anomaly": "No anomalies",
    "inference_batchjob": "Nothing was scored yet",
    "inference_replica": "No serving process has reported yet",
    "accounts_apitoken": "No tokens yet",
    "django_celery_beat_periodictask": "No schedules yet",
}
MOST_QUERIES = 24


@pytest.mark.parametrize(("page", "words"), LISTS.items())
def test_an_empty_list_says_what_to_do(chief: Client, page: str, words: str) -> None:
    answer = chief.get(reverse(f"admin:{page}_changelist"))
    assert answer.status_code == 200
    assert words in answer.content.decode()


@pytest.mark.parametrize("page", LISTS)
def test_a_full_list_answers(chief: Client, peopled: ModelVersion, page: str) -> None:
    assert chief.get(reverse(f"admin:{page}_changelist")).status_code == 200


@pytest.mark.parametrize(
    "kind", [ModelVersion, Deployment, LifecycleEvent, Transfer, TrainingSource, Anomaly, BatchJob, Replica]
)
def test_the_page_of_one_row_answers(chief: Client, peopled: ModelVersion, kind: type) -> None:
    row = kind.objects.first()  # type: ignore[attr-defined]
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    assert chief.get(reverse(name, args=[row.pk])).status_code == 200


@pytest.mark.parametrize("key", ["0", "999999999999", "x", "9" * 40, "1%00", "-1"])
def test_a_row_that_is_not_there_is_a_404(chief: Client, key: str) -> None:
    assert chief.get(f"/admin/registry/modelversion/{key}/change/").status_code == 404


def test_the_overview_of_an_empty_hub_says_how_to_import(chief: Client) -> None:
    page = chief.get(reverse("admin:index")).content.decode()
    assert "No model yet" in page
    assert "manage.py importmodel" in page
    assert "No anomalies on record" in page


def test_the_overview_shows_what_serves_and_what_was_unusual(chief: Client, peopled: ModelVersion) -> None:
    page = chief.get(reverse("admin:index")).content.decode()
    assert ">1.0.0</a>" in page
    assert "word count is 12, usually 3.5" in page
    assert "This is not a zip archive." in page
    assert "router.log" in page
    assert "1 of 1 process serves it" in page
    assert "<svg" in page
    assert "The same as a table" in page


def test_the_overview_hides_panels_from_who_may_not_see_their_rows(
    sign_in: SignIn, peopled: ModelVersion
) -> None:
    page = sign_in().get(reverse("admin:index")).content.decode()
    assert "1.0.0" not in page
    assert "Failed password" not in page
    assert "bad.zip" not in page


@pytest.mark.parametrize(
    "query",
    ["band=severe", "band=low", "band=nonsense", "within=hour", "within=x", "program=sshd", "q=Failed"],
)
def test_anomalies_can_be_narrowed(chief: Client, peopled: ModelVersion, query: str) -> None:
    assert chief.get(reverse("admin:monitoring_anomaly_changelist") + f"?{query}").status_code == 200


def test_the_severity_bands_part_the_anomalies(chief: Client, deployed_version: ModelVersion) -> None:
    add_anomalies(deployed_version, 60)  # severities 30 to 89
    found = {
        band: chief.get(reverse("admin:monitoring_anomaly_changelist") + f"?band={band}")
        .context["cl"]
        .result_count
        for band in ("low", "high", "severe")
    }
    assert found == {"low": 20, "high": 25, "severe": 15}


@pytest.mark.parametrize(
    ("standing", "found"), [("deployed", "1"), ("loaded", "2"), ("inactive", "3"), ("available", "4")]
)
def test_versions_can_be_found_by_standing(
    chief: Client, register_version: RegisterVersion, standing: str, found: str
) -> None:
    deployed, loaded, inactive, _ = [register_version(train(seed), f"{seed}") for seed in (1, 2, 3, 4)]
    lifecycle.deploy(deployed, ACTOR)
    lifecycle.load(loaded, ACTOR)
    lifecycle.deactivate(inactive, ACTOR)
    page = chief.get(reverse("admin:registry_modelversion_changelist") + f"?standing={standing}")
    assert [version.label for version in page.context["cl"].queryset] == [found]


@pytest.mark.parametrize(
    "page",
    [
        "index",
        "monitoring_anomaly_changelist",
        "registry_modelversion_changelist",
        "transfers_transfer_changelist",
    ],
)
def test_queries_do_not_grow_with_the_rows(
    chief: Client,
    peopled: ModelVersion,
    page: str,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    add_anomalies(peopled, 60)
    for number in range(20):
        Transfer.objects.create(origin=f"{number}.zip", version=peopled, actor="maria")
        ModelVersion.objects.create(
            model=peopled.model,
            label=f"2.{number}",
            digest=f"{number:064d}",
            n_features=1,
            threshold=0.5,
            offset=-0.5,
        )
    chief.get(reverse(f"admin:{page}"))  # content types and permissions are cached by the first request
    with django_assert_max_num_queries(MOST_QUERIES):  # type: ignore[attr-defined]
        chief.get(reverse(f"admin:{page}"))


def test_lists_that_name_versions_leave_their_large_columns_unread(rf: RequestFactory) -> None:
    found = 0
    for one in admin.site._registry.values():
        joined = one.list_select_related
        if isinstance(joined, tuple) and "version__model" in joined:
            statement = str(one.get_queryset(rf.get("/")).select_related(*joined).query)
            assert '"registry_modelversion"."label"' in statement, one
            assert '"registry_modelversion"."metadata"' not in statement, one
            found += 1
    assert found >= 10


def test_the_navigation_shows_only_what_may_be_opened(sign_in: SignIn) -> None:
    page = sign_in("monitoring.view_anomaly").get(reverse("admin:index")).content.decode()
    assert reverse("admin:monitoring_anomaly_changelist") in page
    assert reverse("admin:registry_deployment_changelist") not in page
    assert reverse("admin:transfers_transfer_add") not in page


def test_an_empty_list_offers_nothing_that_would_be_refused(sign_in: SignIn) -> None:
    page = sign_in("registry.view_modelversion").get(reverse("admin:registry_modelversion_changelist"))
    assert "No versions yet" in page.content.decode()
    assert reverse("admin:transfers_transfer_add") not in page.content.decode()


@pytest.mark.parametrize("page", ["/admin/registry/", "/admin/transfers/", "/admin/password_change/"])
def test_the_pages_of_the_theme_itself_answer(chief: Client, page: str) -> None:
    assert chief.get(page).status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "/admin/auth/user/add/",
        "/admin/auth/group/add/",
        "/admin/django_celery_beat/periodictask/add/",
        "/admin/django_celery_beat/intervalschedule/add/",
        "/admin/registry/registeredmodel/add/",
        "/admin/transfers/trainingsource/add/",
    ],
)
def test_forms_of_what_people_may_add_answer(chief: Client, page: str) -> None:
    assert chief.get(page).status_code == 200


def test_a_user_is_added_in_the_admin(chief: Client) -> None:
    sent = {
        "username": "jon",
        "usable_password": "true",
        "password1": "q8!kLm29xZ",
        "password2": "q8!kLm29xZ",
    }
    assert chief.post("/admin/auth/user/add/", sent).status_code == 302
    assert Client().login(username="jon", password="q8!kLm29xZ")


def test_the_name_of_a_registered_model_is_chosen_once(chief: Client) -> None:
    chief.post("/admin/registry/registeredmodel/add/", {"name": "wifi", "description": "Access points"})
    model = RegisteredModel.objects.get()
    chief.post(f"/admin/registry/registeredmodel/{model.pk}/change/", {"name": "other", "description": "New"})
    model.refresh_from_db()
    assert (model.name, model.description) == ("wifi", "New")


def test_the_overview_tells_a_trial_from_the_deployed_version(
    chief: Client, deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    assert "the deployed version" in chief.get(reverse("admin:index")).content.decode()
    lifecycle.load(register_version(retrained, "2.0.0"), ACTOR)
    assert ">2.0.0</a>, on trial" in chief.get(reverse("admin:index")).content.decode()


def test_the_overview_shows_a_trial_where_nothing_is_deployed(
    chief: Client, register_version: RegisterVersion, trained: Trained
) -> None:
    lifecycle.load(register_version(trained), ACTOR)
    assert "loaded for a trial" in chief.get(reverse("admin:index")).content.decode()


def test_an_empty_list_offers_its_button_to_who_may_use_it(chief: Client, sign_in: SignIn) -> None:
    page, button = reverse("admin:registry_modelversion_changelist"), "mh-button mh-primary"
    assert f'class="{button}" href="/admin/transfers/transfer/add/"' in chief.get(page).content.decode()
    viewer = sign_in("registry.view_modelversion")
    assert f'class="{button}" href="/admin/transfers/transfer/add/"' not in viewer.get(page).content.decode()
