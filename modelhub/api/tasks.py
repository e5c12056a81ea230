"""Scheduled housekeeping of the API."""

from celery import shared_task

from modelhub.api import idempotencykeys


@shared_task(name="modelhub.api.tasks.prune_idempotency")
def prune_idempotency() -> dict[str, int]:
    """Forget the answers of idempotent requests that are older than a day."""
    return {"removed": idempotencykeys.prune()}
