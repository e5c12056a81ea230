"""Scheduled verification of the trail."""

import logging

from celery import shared_task

from modelhub.audit import verification
from modelhub.audit.models import AuditCheck

log = logging.getLogger(__name__)


class TrailBroken(Exception):
    """The trail is not as it was written; the log and the page of the trail name the entry."""


@shared_task(name="modelhub.audit.tasks.verify")
def verify() -> dict[str, int | str]:
    """Walk the trail, holding it against the head of the last walk that found it whole.

    Raises TrailBroken, so that the task counts as failed.
    """
    whole = AuditCheck.objects.filter(fault="").first()
    found = verification.check(expect=whole.head if whole else "")
    if found.fault:
        facts = {"sequence": found.fault.sequence, "kind": found.fault.kind.value}
        log.error("audit trail broken", extra=facts)
        raise TrailBroken(found.fault.detail)
    return {"entries": found.entries, "head": found.head}
