"""Alerts and receivers as JSON, for the API."""

from typing import Any

from monitoring.models import Alert, Delivery


def alert(row: Alert) -> dict[str, Any]:
    """One alert; times aware UTC, ``closed_at`` null while it is open."""
    return {
        "alert_id": row.pk,
        "kind": row.kind,
        "subject": row.subject or None,
        "model": row.version.model.name,
        "version": row.version.label,
        "summary": row.summary,
        "facts": row.facts,
        "state": "open" if row.is_open else "closed",
        "sightings": row.sightings,
        "opened_at": row.opened_at,
        "seen_at": row.seen_at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by or None,
        "close_reason": row.close_reason or None,
    }


def delivered(row: Delivery) -> dict[str, Any]:
    """What came of a message."""
    return {
        "channel": row.channel.name,
        "delivery_id": str(row.delivery_id),
        "state": row.state,
        "attempts": row.attempts,
        "response_status": row.last_status,
        "error_message": row.last_error or None,
    }
