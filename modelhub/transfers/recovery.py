"""After a crash: attempts whose process is gone are ended, queued ones wait for the next worker."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.transfers import outbox, queue, staging
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

# No import lives that long, so a row this old is dead whichever staging folder it belonged to.
_LONGEST = timedelta(days=1)
# A worker that holds its lock but shows no sign of life for so long is given up as well.
_STUCK_AFTER = timedelta(minutes=15)
_INTERRUPTED = "The process ended before the import did. Nothing was registered; import it again."
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """Transfers marked interrupted, dead folders removed, and queued transfers that wait again."""

    interrupted: int
    removed: int
    queued_again: int = 0


def recover() -> Recovered:
    """No transfer is called running, and no staging folder exists, without a living import behind it.

    Cheap when there is nothing to do, and safe beside running imports: their locks are held, and those
    of another staging folder (another host on the same database) are left alone for a day, or for as
    long as the heart of a queued one beats.
    """
    root = conf.staging_root()
    with staging.guarded(root) as owner:
        live, removed = staging.sweep(root)
        queued_again = sum(queue.give_back(row) for row in _lost(owner, live))
        interrupted = sum(_interrupt(row) for row in _dead(owner, live))
    if interrupted or removed or queued_again:
        facts = {"interrupted": interrupted, "removed": removed, "queued_again": queued_again}
        log.warning("recovered imports", extra=facts)
    return Recovered(interrupted, removed, queued_again)


def reconcile() -> dict[str, int]:
    """Every waiting import is known to the broker, none waits for a dead worker, no upload is forgotten.

    Answers how many rows wait again, how many were sent, how many kept uploads were removed.
    """
    recovered = recover()
    root = conf.staging_root()
    uploads = Transfer.objects.filter(status__in=(TransferStatus.QUEUED, TransferStatus.RUNNING))
    swept = staging.sweep_uploads(root, set(uploads.exclude(upload="").values_list("upload", flat=True)))
    return {"queued_again": recovered.queued_again, "sent": outbox.send_waiting(), "uploads_removed": swept}


def _lost(owner: str, live: set[int]) -> QuerySet[Transfer]:
    """Running rows of the queue whose worker is gone."""
    now = timezone.now()
    unlocked = Q(owner=owner) & ~Q(pk__in=live)
    silent = ~Q(owner=owner) & Q(heartbeat_at__lt=now - queue.LOST_AFTER)
    stuck = Q(heartbeat_at__lt=now - _STUCK_AFTER)
    running = Transfer.objects.filter(status=TransferStatus.RUNNING, queued_at__isnull=False)
    return running.filter(unlocked | silent | stuck)


def _dead(owner: str, live: set[int]) -> QuerySet[Transfer]:
    """Running rows of nobody's queue whose process is gone."""
    ours = Q(owner=owner) | Q(started_at__lt=timezone.now() - _LONGEST)
    running = Transfer.objects.filter(status=TransferStatus.RUNNING, queued_at__isnull=True)
    return running.filter(ours).exclude(pk__in=live).select_related("source")


def _interrupt(row: Transfer) -> bool:
    with transaction.atomic():
        ended = Transfer.objects.filter(pk=row.pk, status=TransferStatus.RUNNING).update(
            status=TransferStatus.INTERRUPTED, detail=_INTERRUPTED, finished_at=timezone.now()
        )
        if ended:
            trail.record(
                "package.import",
                queue.target(row),
                Actor(row.actor, Channel(row.channel)),
                outcome=trail.Outcome.FAILED,
                detail=_INTERRUPTED,
                after={"transfer": row.pk},
            )
    return bool(ended)
