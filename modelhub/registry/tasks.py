"""Scheduled work on the registry."""

import logging

from celery import shared_task

from modelhub.actors import Actor, Channel
from modelhub.registry import retention, storecheck
from modelhub.registry.retention import KEEP_DAYS, KEEP_LAST, Rule

log = logging.getLogger(__name__)


@shared_task(name="modelhub.registry.tasks.check_store")
def check_store() -> dict[str, int]:
    """Re-hash the whole store and clear old leftovers; damage is logged as an error with its version."""
    findings = storecheck.check()
    for damage in findings.damaged:
        log.error("store damaged", extra={"finding": damage})
    return {"blobs": findings.blobs, "damaged": len(findings.damaged), "removed": storecheck.sweep()}


@shared_task(name="modelhub.registry.tasks.prune_versions")
def prune_versions(keep_last: int = KEEP_LAST, keep_days: float = KEEP_DAYS) -> dict[str, int]:
    """Delete old versions that never served and that nothing needs; each leaves its line of history."""
    done = retention.prune(Rule(keep_last, keep_days), Actor("schedule", Channel.SCHEDULE))
    return {"versions": len(done.verdicts), "deleted": len(done.deleted)}
