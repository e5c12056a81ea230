"""Alerts and their receivers in the admin: seen, closed, set up, tested."""

import pytest
from django.test import Client
from django.urls import reverse

from modelhub.audit.models import AuditEntry
from modelhub.registry.models import ModelVersion
from monitoring.alerts import open_alert
from monitoring.models import Alert, Delivery, NotificationChannel
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import ChannelKind, DeliveryState
from tests.integration.admin.conftest import SignIn
from tests.receivers import receiver

EMPTY = {
    "monitoring_alert": "No alerts",
    "monitoring_notificationchannel": "Nobody is told of alerts yet",
    "monitoring_delivery": "No messages yet",
}
HOSTILE = "<script>alert(1)</script>\x1b[31m"


@pytest.mark.parametrize(("page", "words"), EMPTY.items())
def test_an_empty_list_says_what_to_do(chief: Client, page: str, words: str) -> None:
    answer = chief.get(reverse(f"admin:{page}_changelist"))
    assert words in answer.content.decode()


def test_hostile_words_of_an_alert_stay_text(chief: Client, deployed_version: ModelVersion) -> None:
    alert = open_alert(AlertKind.DRIFT, deployed_version, HOSTILE, facts={HOSTILE: HOSTILE})
    for page in (
        reverse("admin:monitoring_alert_change", args=[alert.pk]),
        reverse("admin:monitoring_alert_changelist"),
        reverse("admin:index"),
    ):
        body = chief.get(page).content.decode()
        assert "<script>alert(1)" not in body
        assert "&lt;script&gt;alert(1)" in body


def test_closing_needs_its_permission(sign_in: SignIn, deployed_version: ModelVersion) -> None:
    alert = open_alert(AlertKind.DRIFT, deployed_version, "drifted")
    page = reverse("admin:monitoring_alert_close", args=[alert.pk])
    assert sign_in("monitoring.view_alert").post(page).status_code == 403
    client = sign_in("monitoring.view_alert", "monitoring.close_alert", name="otto")
    assert client.post(page, {"reason": "retrained"}).status_code == 302
    closed = Alert.objects.get()
    assert (closed.closed_by, closed.close_reason) == ("otto", "retrained")


def test_a_look_at_the_closing_address_closes_nothing(chief: Client, deployed_version: ModelVersion) -> None:
    alert = open_alert(AlertKind.DRIFT, deployed_version, "drifted")
    chief.get(reverse("admin:monitoring_alert_close", args=[alert.pk]))
    assert Alert.objects.get().is_open


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "webhook", "address": "ftp://a.example"}, "begins with https://"),
        ({"kind": "webhook", "address": "http://169.254.169.254/"}, "address"),
        ({"kind": "webhook", "address": "http://[::1"}, "not an address"),
        ({"kind": "mail", "address": "a@example.org"}, "EMAIL_URL"),
        (
            {"kind": "webhook", "address": "https://a.example", "secret_variable": "PATH"},
            "begins with MODELHUB_SECRET_",
        ),
        (
            {"kind": "webhook", "address": "https://a.example", "secret_variable": "MODELHUB_SECRET_X"},
            "is not set",
        ),
    ],
)
def test_a_receiver_that_cannot_work_is_refused_at_its_field(
    chief: Client, values: dict[str, str], words: str
) -> None:
    page = reverse("admin:monitoring_notificationchannel_add")
    answer = chief.post(page, {"name": "ops", "is_enabled": "on", "secret_variable": ""} | values)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not NotificationChannel.objects.exists()


def test_a_test_message_says_what_came_of_it(chief: Client) -> None:
    with receiver(200, 503) as hook:
        channel = NotificationChannel.objects.create(name="ops", kind=ChannelKind.WEBHOOK, address=hook.url)
        page = reverse("admin:monitoring_notificationchannel_test", args=[channel.pk])
        assert "took the test message" in chief.post(page, follow=True).content.decode()
        assert "It answered 503" in chief.post(page, follow=True).content.decode()
    assert Delivery.objects.filter(state=DeliveryState.SENT).count() == 1


def test_a_test_message_is_in_the_audit_trail(chief: Client) -> None:
    with receiver() as hook:
        channel = NotificationChannel.objects.create(name="ops", kind="webhook", address=hook.url)
        chief.post(reverse("admin:monitoring_notificationchannel_test", args=[channel.pk]))
    entry = AuditEntry.objects.get(action="channel.test")
    assert (entry.target, entry.after) == ("channel ops", {"state": "sent"})
