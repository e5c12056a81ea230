"""Queued imports are made known to the workers: at once where the broker answers, else again later."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from modelhub import broker
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

TASK = "modelhub.transfers.tasks.run_import"
# A row that no worker took within this time is told again; the older message is void by then.
RESEND_AFTER = timedelta(seconds=30)
AT_ONCE = 10


def send(transfer_id: int) -> bool:
    """True when the broker knows of the row; otherwise :func:`send_waiting` tells it later.

    Messages may be lost or come twice: they only wake a worker, the row decides. The task runs under the
    id of the request that queued the row, whoever tells of it.
    """
    waiting = Transfer.objects.filter(pk=transfer_id, status=TransferStatus.QUEUED)
    request_id = waiting.values_list("request_id", flat=True).first() or ""
    expires_s = 2 * RESEND_AFTER.total_seconds()
    if not broker.tell(TASK, (transfer_id,), expires_s=expires_s, request_id=request_id):
        return False
    waiting.update(sent_at=timezone.now())
    return True


def send_waiting() -> int:
    """Tell of rows that wait and were not told of lately, longest silence first; answers how many.

    Stops at the first that the broker does not take.
    """
    stale = Q(sent_at=None) | Q(sent_at__lt=timezone.now() - RESEND_AFTER)
    oldest = (F("sent_at").asc(nulls_first=True), "id")
    waiting = Transfer.objects.filter(stale, status=TransferStatus.QUEUED).order_by(*oldest)
    sent = 0
    for transfer_id in list(waiting.values_list("pk", flat=True)[:AT_ONCE]):
        if not send(transfer_id):
            break
        sent += 1
    return sent


def send_next(owner: str) -> bool:
    """Tell of the oldest row that the worker with that staging folder may take: it has become free."""
    waiting = Transfer.objects.filter(status=TransferStatus.QUEUED, owner__in=("", owner)).order_by("id")
    transfer_id = waiting.values_list("pk", flat=True).first()
    return transfer_id is not None and send(transfer_id)
