"""Alerts over HTTP: listed, closed; receivers tested."""

import pytest
from django.test import Client

from modelhub.registry.models import ModelVersion
from monitoring.alerts import open_alert
from monitoring.models import Alert, NotificationChannel
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import ChannelKind
from tests.receivers import receiver

BASE = "/api/v1"


@pytest.fixture
def alert(deployed_version: ModelVersion) -> Alert:
    return open_alert(AlertKind.DRIFT, deployed_version, "2 features drifted", facts={"drift_score": 0.2})


@pytest.fixture
def chief(admin_client: Client) -> Client:
    return admin_client


def test_alerts_are_listed_and_narrowed(chief: Client, alert: Alert) -> None:
    rows = chief.get(f"{BASE}/alerts").json()["results"]
    assert [row["alert_id"] for row in rows] == [alert.pk]
    assert chief.get(f"{BASE}/alerts/?state=closed").json()["count"] == 0
    assert chief.get(f"{BASE}/alerts?kind=nonsense").status_code == 422


def test_closing_twice_is_200_and_keeps_who_did_it_first(chief: Client, alert: Alert) -> None:
    first = chief.post(
        f"{BASE}/alerts/{alert.pk}/close", {"reason": "fixed"}, content_type="application/json"
    )
    again = chief.post(
        f"{BASE}/alerts/{alert.pk}/close", {"reason": "other"}, content_type="application/json"
    )
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["close_reason"] == "fixed"


@pytest.mark.parametrize("key", ["0", "999999999999999999"])
def test_an_unknown_alert_is_a_404(chief: Client, key: str) -> None:
    answer = chief.post(f"{BASE}/alerts/{key}/close", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_receiver_that_is_away_is_a_200_that_says_so(chief: Client) -> None:
    with receiver(503) as hook:
        NotificationChannel.objects.create(name="ops", kind=ChannelKind.WEBHOOK, address=hook.url)
        answer = chief.post(f"{BASE}/notification-channels/ops/test")
    assert answer.status_code == 200
    assert (answer.json()["success"], answer.json()["response_status"]) == (False, 503)


def test_an_unknown_receiver_is_a_404(chief: Client) -> None:
    assert chief.post(f"{BASE}/notification-channels/%00/test").status_code == 404
