"""Scheduled work of watching."""

from celery import shared_task

from monitoring.notifications import outbox


@shared_task(name="monitoring.tasks.deliver")
def deliver() -> dict[str, int]:
    """Send the notifications that are due."""
    return outbox.deliver_due()
