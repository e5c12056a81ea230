"""Messages arrive, are tried again when that can help, and are given up when it cannot."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from modelhub.registry.models import ModelVersion
from monitoring.alerts import open_alert
from monitoring.models import Delivery, NotificationChannel
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import ChannelKind, DeliveryState
from monitoring.notifications import outbox, signing
from tests.receivers import Receiver, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def _channel(address: str, **more: object) -> NotificationChannel:
    return NotificationChannel.objects.create(name="ops", kind=ChannelKind.WEBHOOK, address=address, **more)


def _due_now() -> None:
    Delivery.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))


def test_a_webhook_gets_the_alert_signed(
    hook: Receiver, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELHUB_SECRET_OPS", "s3cret")
    _channel(hook.url, secret_variable="MODELHUB_SECRET_OPS")
    open_alert(AlertKind.DRIFT, version, "3 features drifted")
    assert outbox.deliver_due() == {"sent": 1, "failed": 0, "given_up": 0}
    headers, body = hook.calls[0]
    assert json.loads(body)["data"]["summary"] == "3 features drifted"
    timestamp = int(headers[signing.TIMESTAMP])
    assert headers[signing.SIGNATURE] == signing.signature(
        delivery_id=headers[signing.DELIVERY], timestamp=timestamp, body=body, secret="s3cret"
    )


def test_a_receiver_that_is_busy_is_tried_again_with_the_same_id(version: ModelVersion) -> None:
    with receiver(503, 200) as busy:
        _channel(busy.url)
        open_alert(AlertKind.DRIFT, version, "drifted")
        assert outbox.deliver_due()["failed"] == 1
        row = Delivery.objects.get()
        assert (row.state, row.last_status) == (DeliveryState.PENDING, 503)
        assert row.next_try_at > timezone.now()
        assert outbox.deliver_due() == {"sent": 0, "failed": 0, "given_up": 0}
        _due_now()
        assert outbox.deliver_due()["sent"] == 1
        assert len({headers[signing.DELIVERY] for headers, _ in busy.calls}) == 1


def test_a_receiver_that_refuses_is_not_asked_again(version: ModelVersion) -> None:
    with receiver(410) as gone:
        _channel(gone.url)
        open_alert(AlertKind.DRIFT, version, "drifted")
        assert outbox.deliver_due()["given_up"] == 1
        _due_now()
        outbox.deliver_due()
        assert len(gone.calls) == 1


def test_tries_end_after_the_last_back_off(version: ModelVersion) -> None:
    with receiver(500) as broken:
        _channel(broken.url)
        open_alert(AlertKind.DRIFT, version, "drifted")
        for _ in range(len(outbox.BACK_OFF_S) + 1):
            outbox.deliver_due()
            _due_now()
        row = Delivery.objects.get()
        assert (row.state, len(broken.calls)) == (DeliveryState.GIVEN_UP, len(outbox.BACK_OFF_S) + 1)


def test_a_redirect_is_not_followed(version: ModelVersion, hook: Receiver) -> None:
    with receiver(302) as elsewhere:
        _channel(elsewhere.url)
        open_alert(AlertKind.DRIFT, version, "drifted")
        assert outbox.deliver_due()["sent"] == 0
    assert hook.calls == []


def test_an_address_that_must_not_be_called_is_given_up(version: ModelVersion) -> None:
    _channel("http://169.254.169.254/latest/meta-data")
    open_alert(AlertKind.DRIFT, version, "drifted")
    assert outbox.deliver_due()["given_up"] == 1
    assert "never called" in Delivery.objects.get().last_error


def test_a_missing_secret_leaves_the_message_waiting(hook: Receiver, version: ModelVersion) -> None:
    _channel(hook.url, secret_variable="MODELHUB_SECRET_ABSENT")
    open_alert(AlertKind.DRIFT, version, "drifted")
    assert outbox.deliver_due()["failed"] == 1
    assert hook.calls == []
    assert "MODELHUB_SECRET_ABSENT" in Delivery.objects.get().last_error


def test_two_workers_send_a_message_once(hook: Receiver, version: ModelVersion) -> None:
    _channel(hook.url)
    open_alert(AlertKind.DRIFT, version, "drifted")
    key = Delivery.objects.get().pk
    assert outbox._take(key) is not None
    assert outbox._take(key) is None


def test_mail_names_the_alert_in_one_line_of_subject(version: ModelVersion, settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"MAIL": True, "PUBLIC_URL": "https://hub.example"}
    NotificationChannel.objects.create(
        name="people", kind=ChannelKind.MAIL, address="a@example.org, b@example.org"
    )
    open_alert(AlertKind.DRIFT, version, "drifted\nBcc: evil@example.org", facts={"drift_score": 0.4})
    assert outbox.deliver_due()["sent"] == 1
    message = mail.outbox[0]
    assert message.to == ["a@example.org", "b@example.org"]
    assert "\n" not in message.subject
    assert "https://hub.example/admin/monitoring/alert/" in str(message.body)
    assert "drift_score: 0.4" in str(message.body)


def test_without_a_mail_server_the_message_says_so(version: ModelVersion) -> None:
    NotificationChannel.objects.create(name="people", kind=ChannelKind.MAIL, address="a@example.org")
    open_alert(AlertKind.DRIFT, version, "drifted")
    assert outbox.deliver_due()["failed"] == 1
    assert "EMAIL_URL" in Delivery.objects.get().last_error


def test_a_fault_of_ours_with_one_message_stops_no_other(
    hook: Receiver, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELHUB_SECRET_BROKEN", "\udcff")  # bytes that are no UTF-8
    NotificationChannel.objects.create(
        name="broken", kind=ChannelKind.WEBHOOK, address=hook.url, secret_variable="MODELHUB_SECRET_BROKEN"
    )
    _channel(hook.url)
    open_alert(AlertKind.DRIFT, version, "drifted")
    assert outbox.deliver_due() == {"sent": 1, "failed": 1, "given_up": 0}
    assert Delivery.objects.get(channel__name="broken").last_error.startswith("It could not be sent")
