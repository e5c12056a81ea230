"""A worker's side of the queue: take one row up, show that it lives, bring it to an end."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts import quarantine
from modelhub.artifacts.prepare import Convert
from modelhub.errors import Code, ModelhubError
from modelhub.transfers import importing, latest, outbox, queue, staging
from modelhub.transfers.choices import TransferKind, TransferStatus
from modelhub.transfers.models import Transfer

log = logging.getLogger(__name__)
# One queued import at a time in a process: the worker's other threads stay free for short tasks.
_place = threading.Semaphore()


def work(transfer_id: int, *, convert: Convert = quarantine.convert) -> str:
    """The row has been taken up and has its result; answers its status, "" where there was nothing to do.

    Harmless to call twice, or for a row that another worker has. Where this process is busy the row goes
    on waiting, and the next one that waits is told of when a place is free again.
    """
    with staging.guarded(conf.staging_root()) as owner:
        pass  # the name is all that is needed
    if not _place.acquire(blocking=False):
        return ""
    try:
        row = queue.waiting(owner).select_related("source__model").filter(pk=transfer_id).first()
        status = "" if row is None else _run(row, convert)
    except queue.ClaimLost:
        status = ""
    finally:
        _place.release()
    if status:  # else nothing has become free, and telling would only go round in circles
        outbox.send_next(owner)
    return status


def _run(row: Transfer, convert: Convert) -> str:
    was_latest = row.kind == TransferKind.LATEST
    if was_latest and not _found(row):
        return row.status
    try:
        with _beating(row):
            importing.resume(row, convert=convert)
    except ModelhubError as error:
        if error.code == Code.IMPORT_BUSY:
            return ""
        log.info("queued import ended", extra={"transfer": row.pk, "code": str(error.code)})
    finally:
        row.refresh_from_db()
        if row.upload and not row.is_open:
            staging.drop_upload(conf.staging_root(), row.upload)
    if was_latest and row.status == TransferStatus.UNCHANGED:
        _look_further(row)
    return row.status


def _found(row: Transfer) -> bool:
    """The waiting row for the newest names its package, or has its result where there is none."""
    try:
        candidate = latest.newest(latest.look(row.source))
    except ModelhubError as error:
        queue.settle(row, TransferStatus.FAILED, code=str(error.code), detail=error.detail)
        return False
    if candidate is None:
        queue.settle(row, TransferStatus.UNCHANGED, note="The sources hold nothing that is new.")
        return False
    queue.choose(row, candidate.source, candidate.path, candidate.model)
    return True


def _look_further(row: Transfer) -> None:
    """A remote package proved to be known content; the next newer ones get rows of their own."""
    actor = Actor(row.actor, Channel(row.channel))
    known = frozenset({(row.source_id or 0, row.origin)})
    try:
        latest.import_latest(actor, validate=row.wants_validation, besides=known)
    except ModelhubError as error:
        log.info("looking further ended", extra={"transfer": row.pk, "code": str(error.code)})


@contextmanager
def _beating(row: Transfer) -> Iterator[None]:
    """While the block runs, the row's heartbeat is renewed every few seconds by a thread of its own."""
    done = threading.Event()
    heart = threading.Thread(target=_beat, args=(row, done), name=f"heart-{row.pk}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()


def _beat(row: Transfer, done: threading.Event) -> None:
    while not done.wait(queue.HEARTBEAT_S):
        try:
            queue.held(row).update(heartbeat_at=timezone.now())
        except DatabaseError:  # the import itself will notice too
            log.warning("no heartbeat", extra={"transfer": row.pk})
        finally:
            connection.close()
