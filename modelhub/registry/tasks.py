"""Scheduled work on the registry."""

import logging

from celery import shared_task

from modelhub.registry import storecheck

log = logging.getLogger(__name__)


@shared_task(name="modelhub.registry.tasks.check_store")
def check_store() -> dict[str, int]:
    """Re-hash the whole store and clear old leftovers; damage is logged as an error with its version."""
    findings = storecheck.check()
    for damage in findings.damaged:
        log.error("store damaged", extra={"finding": damage})
    return {"blobs": findings.blobs, "damaged": len(findings.damaged), "removed": storecheck.sweep()}
