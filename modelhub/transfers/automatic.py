"""What a source imports by itself: new packages are queued after a scan, none is ever deployed."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from modelhub.actors import Actor, Channel
from modelhub.errors import ModelhubError
from modelhub.transfers import queue
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.discovery import Candidate, Scan, State
from modelhub.transfers.models import TrainingSource, Transfer

ACTOR = Actor("auto-import", Channel.SCHEDULE)
# Of a source that is switched on with many packages, the newest come first; the rest with later scans.
MOST_AT_ONCE = 20
# What fails on our side may work later, but not for ever.
MOST_FAILURES = 3
WITHIN = timedelta(days=1)
_ENDED_FOR_NOW = (TransferStatus.FAILED, TransferStatus.INTERRUPTED)
log = logging.getLogger(__name__)


def queue_new(scan: Scan) -> list[Transfer]:
    """The new packages of a source that imports by itself wait for a worker, the newest as the last.

    So versions arrive in the order in which they were trained. A package that waits or runs, that was
    refused before, or that failed three times within a day, is left out. Two scans at once queue nothing
    twice, because the source's row is locked while one decides.
    """
    if not scan.source.auto_import or not scan.source.pk:
        return []
    with transaction.atomic():
        source = TrainingSource.objects.select_for_update(no_key=True).filter(pk=scan.source.pk).first()
        if source is None or not (source.is_enabled and source.auto_import):
            return []
        wanted = [one for one in scan.candidates if one.state is State.NEW and _is_worth_trying(one)]
        queued = []
        for candidate in reversed(wanted[:MOST_AT_ONCE]):
            try:
                queued.append(
                    queue.enqueue_package(
                        candidate.source, candidate.path, ACTOR, model_name=candidate.model, validate=True
                    )
                )
            except ModelhubError as error:
                log.warning("not queued", extra={"source": source.name, "code": str(error.code)})
                break
    return queued


def _is_worth_trying(candidate: Candidate) -> bool:
    place = Transfer.objects.filter(source=candidate.source, origin=candidate.path)
    if place.filter(status__in=(TransferStatus.QUEUED, TransferStatus.RUNNING)).exists():
        return False
    # Another package may lie there by now: only what ended before it was known is told by its place.
    package = candidate.package
    if package.digest:
        tries = Transfer.objects.filter(digest=package.digest) | place.filter(digest="")
    else:
        of_source = Transfer.objects.filter(source=candidate.source)
        tries = of_source.filter(lineage__identity=package.identity) | place.filter(lineage={})
    if tries.exclude(status__in=_ENDED_FOR_NOW).exists():
        return False
    return tries.filter(started_at__gte=timezone.now() - WITHIN).count() < MOST_FAILURES
