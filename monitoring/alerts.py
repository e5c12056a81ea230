"""Alerts: opened once for a condition, counted while it lasts, closed when it is over."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.registry.models import ModelVersion
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from monitoring.notifications import outbox

HUB = Actor("modelhub", Channel.SCHEDULE)


def open_alert(
    kind: AlertKind,
    version: ModelVersion,
    summary: str,
    *,
    subject: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Alert:
    """The open alert of that condition: a new one, told to every receiver, or the known one counted again.

    ``subject`` tells conditions of one kind and version apart (``score``, ``anomaly_rate``); ``facts`` are
    plain JSON values and replace the last sighting's.
    """
    seen = {"summary": summary[:300], "facts": dict(facts or {})}
    condition = {"kind": kind, "version": version, "subject": subject[:64]}
    try:
        with transaction.atomic():
            return _seen_again(condition, seen) or _opened(condition, seen)
    except IntegrityError:  # another process opened it in between: the constraint allows one
        with transaction.atomic():
            known = _seen_again(condition, seen)
        if known is None:
            raise
        return known


def close_alerts(
    kind: AlertKind | Collection[AlertKind],
    version: ModelVersion,
    *,
    actor: Actor,
    subject: str | None = None,
    reason: str = "",
) -> int:
    """No alert of that kind and version (and subject, where one is named) is open; answers how many were.

    Give several kinds in one call: all their alerts are locked before the first entry of the audit trail.
    """
    kinds = (kind,) if isinstance(kind, AlertKind) else tuple(kind)
    with transaction.atomic():
        rows = _open_now().filter(kind__in=kinds, version=version).order_by("pk")
        found = list(rows if subject is None else rows.filter(subject=subject))
        for alert in found:
            _close(alert, actor, reason)
    return len(found)


def close(alert: Alert, actor: Actor, *, reason: str = "") -> bool:
    """The alert is closed; False where it had been before."""
    with transaction.atomic():
        row = _open_now().filter(pk=alert.pk).first()
        if row is None:
            return False
        _close(row, actor, reason)
    alert.refresh_from_db()
    return True


def _open_now() -> Any:
    locked = Alert.objects.select_for_update(of=("self",), no_key=True).select_related("version__model")
    return locked.filter(closed_at__isnull=True)


def _seen_again(condition: Mapping[str, Any], seen: Mapping[str, Any]) -> Alert | None:
    alert: Alert | None = _open_now().filter(**condition).first()
    if alert is not None:
        alert.summary, alert.facts = seen["summary"], seen["facts"]
        alert.sightings, alert.seen_at = alert.sightings + 1, timezone.now()
        alert.save(update_fields=["summary", "facts", "sightings", "seen_at"])
    return alert


def _opened(condition: Mapping[str, Any], seen: Mapping[str, Any]) -> Alert:
    alert = Alert.objects.create(**condition, **seen)
    outbox.announce("alert.opened", alert)
    trail.record("alert.open", _target(alert), HUB, after={"summary": alert.summary})
    return alert


def _close(alert: Alert, actor: Actor, reason: str) -> None:
    alert.closed_at, alert.closed_by, alert.close_reason = timezone.now(), actor.name[:150], reason
    alert.save(update_fields=["closed_at", "closed_by", "close_reason"])
    outbox.announce("alert.closed", alert)
    trail.record("alert.close", _target(alert), actor, reason=reason, before={"summary": alert.summary})


def _target(alert: Alert) -> str:
    return f"alert {alert.pk} {alert.kind} {alert.version.reference}"
