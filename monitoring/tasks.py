"""Scheduled work of watching."""

from celery import shared_task

from modelhub.actors import Actor, Channel
from monitoring import drift_checks, retention, rollup
from monitoring.metering import recovery
from monitoring.notifications import outbox

METRIC_DAYS = 365


@shared_task(name="monitoring.tasks.deliver")
def deliver() -> dict[str, int]:
    """Send the notifications that are due."""
    return outbox.deliver_due()


@shared_task(name="monitoring.tasks.roll_up")
def roll_up() -> dict[str, int]:
    """Old metrics stand in coarser rows."""
    return rollup.roll_up()


@shared_task(name="monitoring.tasks.prune")
def prune(days: int = METRIC_DAYS) -> dict[str, int]:
    """Delete metrics that are about a time longer ago."""
    pruned = retention.prune(Actor("schedule", Channel.SCHEDULE), days_to_keep=days)
    return {"deleted": pruned.deleted, "kept": pruned.kept}


@shared_task(name="monitoring.tasks.recover_metering")
def recover_metering() -> dict[str, int]:
    """Settle the accounts of killed processes."""
    return {"lost": recovery.recover()}


@shared_task(name="monitoring.tasks.check_drift")
def check_drift() -> dict[str, str]:
    """Check every deployed version that scored anything since its last check; answers the verdicts."""
    checks = drift_checks.check_deployed(Actor("schedule", Channel.SCHEDULE))
    return {check.version.reference: str(check.verdict) for check in checks}
