"""What a message says: the same JSON for every way that it travels."""

from datetime import UTC
from typing import Any

from django.urls import reverse
from django.utils import timezone

from modelhub import conf
from monitoring.models import Alert


def of_alert(event: str, alert: Alert) -> dict[str, Any]:
    """``{entity, action, timestamp, data}`` as MLflow's webhooks shape it; times in UTC."""
    entity, _, action = event.partition(".")
    return {
        "entity": entity,
        "action": action,
        "timestamp": timezone.now().astimezone(UTC).isoformat(),
        "data": {
            "id": alert.pk,
            "kind": alert.kind,
            "subject": alert.subject,
            "model": alert.version.model.name,
            "version": alert.version.label,
            "summary": alert.summary,
            "facts": alert.facts,
            "opened_at": alert.opened_at.astimezone(UTC).isoformat(),
            "closed_at": alert.closed_at.astimezone(UTC).isoformat() if alert.closed_at else None,
            "closed_by": alert.closed_by or None,
            "url": _link(alert),
        },
    }


def of_test(channel: str) -> dict[str, Any]:
    """A message that tells of nothing."""
    moment = timezone.now().astimezone(UTC).isoformat()
    summary = "This is a test. Nothing happened."
    return {
        "entity": "test",
        "action": "sent",
        "timestamp": moment,
        "data": {"channel": channel, "summary": summary},
    }


def _link(alert: Alert) -> str | None:
    """Address of the alert's page, where the hub knows how people reach it."""
    base = conf.text("PUBLIC_URL")
    return f"{base}{reverse('admin:monitoring_alert_change', args=[alert.pk])}" if base else None
