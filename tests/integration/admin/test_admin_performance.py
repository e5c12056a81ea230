"""The performance pages: list, version, panels, and what they say when there is nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from modelhub.registry.models import ModelVersion
from monitoring.models import MeteredProcess
from tests.integration.admin.conftest import SignIn
from tests.integration.monitoring.metric_rows import add_row, ago

MAY = "monitoring.view_inferencemetric"


def listed(client: Client, query: str = "") -> str:
    answer = client.get(reverse("admin:monitoring_inferencemetric_changelist") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, version: ModelVersion, query: str = "") -> str:
    answer = client.get(reverse("admin:monitoring_performance_version", args=[version.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_leads_to_the_versions_page(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(minutes=5), requests=1234)
    page = listed(sign_in(MAY), "?window=1h")
    href = reverse("admin:monitoring_performance_version", args=[deployed_version.pk])
    assert f"{href}?window=1h" in page
    assert "1,234" in page


def test_a_version_has_tiles_pictures_and_a_table(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(minutes=5), requests=7)
    page = shown(sign_in(MAY), deployed_version)
    assert page.count("<svg") >= 3
    assert page.count('class="mh-tile"') == 7
    assert "70 records" in page
    assert "<summary>1 hour with traffic as a table</summary>" in page


@pytest.mark.parametrize("window", ["1h", "24h", "7d", "nonsense", ""])
def test_the_window_can_be_switched(sign_in: SignIn, deployed_version: ModelVersion, window: str) -> None:
    page = shown(sign_in(MAY), deployed_version, f"?window={window}")
    chosen = window if window in ("1h", "24h", "7d") else "24h"
    assert f'href="?window={chosen}" aria-current="true"' in page


def test_without_traffic_both_pages_say_what_to_do(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    client = sign_in(MAY)
    for page in (listed(client), shown(client, deployed_version)):
        assert "Nothing was scored in this window" in page
        assert "/api/v1/models/analyze" in page


def test_lost_requests_are_named_with_their_process(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(minutes=5))
    MeteredProcess.objects.create(process="web:77:1", version=deployed_version, recorded=40, lost=3)
    page = shown(sign_in(MAY), deployed_version)
    assert "3 answered requests are missing" in page
    assert "web:77:1" in page


def test_the_pages_need_their_permission(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    client = sign_in("registry.view_modelversion")
    for page in (
        reverse("admin:monitoring_inferencemetric_changelist"),
        reverse("admin:monitoring_performance_version", args=[deployed_version.pk]),
    ):
        assert client.get(page).status_code == 403


def test_an_unknown_version_is_a_404(sign_in: SignIn, db: None) -> None:
    assert sign_in(MAY).get(reverse("admin:monitoring_performance_version", args=[99])).status_code == 404


def test_the_overview_shows_what_serves(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(minutes=5), requests=7)
    page = sign_in(MAY).get(reverse("admin:index")).content.decode()
    assert "Scoring in the last hour" in page
    assert "records/s" in page


def test_the_version_page_shows_its_last_hour(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    client = sign_in(MAY, "registry.view_modelversion")
    address = reverse("admin:registry_modelversion_change", args=[deployed_version.pk])
    assert "It scored nothing in the last hour." in client.get(address).content.decode()
    add_row(deployed_version, ago(minutes=5), requests=7)
    assert "7 requests, 0 failed" in client.get(address).content.decode()
