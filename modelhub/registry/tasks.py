"""Scheduled work on the registry."""

import logging

from celery import shared_task

from modelhub.actors import Actor, Channel
from modelhub.registry import retention, scrub, storecheck
from modelhub.registry.retention import KEEP_DAYS, KEEP_LAST, Rule

log = logging.getLogger(__name__)


@shared_task(name="modelhub.registry.tasks.check_store")
def check_store() -> dict[str, int]:
    """Re-hash the whole store and clear old leftovers; damage is logged as an error with its version."""
    findings = storecheck.check()
    for damage in findings.damaged:
        log.error("store damaged", extra={"finding": damage})
    scrub.settle_all(findings.damaged_versions)
    return {"blobs": findings.blobs, "damaged": len(findings.damaged), "removed": storecheck.sweep()}


@shared_task(name="modelhub.registry.tasks.scrub_artefacts")
def scrub_artefacts() -> dict[str, int]:
    """Re-hash what serves, what would serve next and what an alias names; damage is marked and told."""
    found = scrub.scrub()
    return {"versions": found.versions, "damaged": len(found.damaged), "repaired": len(found.repaired)}


@shared_task(name="modelhub.registry.tasks.prune_versions")
def prune_versions(keep_last: int = KEEP_LAST, keep_days: float = KEEP_DAYS) -> dict[str, int]:
    """Delete old versions that never served and that nothing needs; each leaves its line of history."""
    done = retention.prune(Rule(keep_last, keep_days), Actor("schedule", Channel.SCHEDULE))
    return {"versions": len(done.verdicts), "deleted": len(done.deleted)}
