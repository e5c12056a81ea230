"""Alerts: one for a condition, counted while it lasts, closed when it is over."""

import pytest
from django.db import IntegrityError, transaction

from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.registry.models import ModelVersion
from monitoring.alerts import close, close_alerts, open_alert
from monitoring.models import Alert, Delivery, NotificationChannel
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import ChannelKind

pytestmark = pytest.mark.django_db
OPERATOR = Actor("ada", Channel.API)


def test_a_condition_seen_twice_is_one_alert(version: ModelVersion) -> None:
    first = open_alert(AlertKind.DRIFT, version, "3 features drifted", facts={"drift_score": 0.2})
    second = open_alert(AlertKind.DRIFT, version, "4 features drifted", facts={"drift_score": 0.3})
    assert first.pk == second.pk
    assert (second.sightings, second.summary, second.facts) == (2, "4 features drifted", {"drift_score": 0.3})


def test_conditions_of_other_subjects_are_alerts_of_their_own(version: ModelVersion) -> None:
    open_alert(AlertKind.EARLY_WARNING, version, "Scores changed", subject="score")
    open_alert(AlertKind.EARLY_WARNING, version, "The anomaly rate changed", subject="anomaly_rate")
    assert Alert.objects.count() == 2


def test_closing_ends_the_alert_and_the_next_sighting_opens_a_new_one(version: ModelVersion) -> None:
    open_alert(AlertKind.DRIFT, version, "drifted")
    assert close_alerts(AlertKind.DRIFT, version, actor=OPERATOR, reason="back to normal") == 1
    closed = Alert.objects.get()
    assert (closed.is_open, closed.closed_by, closed.close_reason) == (False, "ada", "back to normal")
    assert open_alert(AlertKind.DRIFT, version, "drifted again").pk != closed.pk


def test_closing_one_subject_leaves_the_others_open(version: ModelVersion) -> None:
    open_alert(AlertKind.EARLY_WARNING, version, "a", subject="score")
    kept = open_alert(AlertKind.EARLY_WARNING, version, "b", subject="anomaly_rate")
    close_alerts(AlertKind.EARLY_WARNING, version, subject="score", actor=OPERATOR)
    assert list(Alert.objects.filter(closed_at__isnull=True)) == [kept]


def test_closing_a_closed_alert_changes_nothing(version: ModelVersion) -> None:
    alert = open_alert(AlertKind.DRIFT, version, "drifted")
    assert close(alert, OPERATOR)
    assert not close(alert, Actor("bob", Channel.ADMIN))
    assert Alert.objects.get().closed_by == "ada"


def test_the_database_allows_one_open_alert_for_a_condition(version: ModelVersion) -> None:
    open_alert(AlertKind.DRIFT, version, "drifted")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(kind=AlertKind.DRIFT, version=version, summary="a second one")


def test_opening_and_closing_are_told_and_audited_once(version: ModelVersion) -> None:
    NotificationChannel.objects.create(name="ops", kind=ChannelKind.WEBHOOK, address="https://a.example/hook")
    NotificationChannel.objects.create(
        name="off", kind=ChannelKind.WEBHOOK, address="https://b.example/hook", is_enabled=False
    )
    open_alert(AlertKind.DRIFT, version, "drifted")
    open_alert(AlertKind.DRIFT, version, "drifted")
    close_alerts(AlertKind.DRIFT, version, actor=OPERATOR)
    told = Delivery.objects.order_by("pk").values_list("channel__name", "event")
    assert list(told) == [("ops", "alert.opened"), ("ops", "alert.closed")]
    actions = AuditEntry.objects.order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["alert.open", "alert.close"]
