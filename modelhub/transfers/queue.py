"""Imports as jobs: every change of a queued row's state, each one conditional update or transaction.

The row is the job and its own outbox: committed first, the worker is told afterwards. A worker's claim
is one conditional update, and every later write of that worker asks for the same claim again, so two
workers never bring one row to an end, whatever the broker delivers.
"""

import logging
from datetime import timedelta
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts.staging import FULL, storage_full
from modelhub.audit import trail
from modelhub.errors import Code, Conflict, PathRefused, Unavailable
from modelhub.transfers import outbox, staging
from modelhub.transfers.choices import TransferKind, TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from modelhub.transfers.orders import order

MOST_WAITING = 500
MOST_ATTEMPTS = 3
HEARTBEAT_S = 5.0
# Far more than a few missed beats, so that clocks of two hosts may differ a little.
LOST_AFTER = timedelta(seconds=90)
log = logging.getLogger(__name__)


class ClaimLost(Exception):
    """The row is not, or no longer, this worker's to bring to an end."""


def enqueue_package(
    source: TrainingSource,
    path: str,
    actor: Actor,
    *,
    model_name: str | None = None,
    validate: bool = True,
) -> Transfer:
    """A committed row that a worker will import ``path`` for; the broker is told after the commit.

    What is wrong with the package is found by the worker and kept on the row. Raises InputInvalid
    (``param_invalid``) for a bad model name, PathRefused (``path_invalid``) for a path that no row can
    hold, Unavailable (``import_busy``) when too many wait already.
    """
    row = order(path, actor, source=source, model_name=model_name, validate=validate)
    if row.origin != path:
        raise PathRefused(Code.PATH_INVALID, "The path is too long or holds characters that no path has.")
    return _enqueue(row, actor)


def enqueue_upload(
    file: BinaryIO, name: str, actor: Actor, *, model_name: str | None = None, validate: bool = True
) -> Transfer:
    """As :func:`enqueue_package` for an uploaded zip, which is kept on the disk until it is done.

    Raises StorageFull beside the others; nothing is kept then.
    """
    row = order(name, actor, kind=TransferKind.UPLOAD, model_name=model_name, validate=validate)
    root = conf.staging_root()
    with staging.guarded(root) as owner:
        row.owner = owner  # only a worker that sees this folder can take it up
    try:
        row.upload = staging.keep_upload(root, file)
    except OSError as error:
        if error.errno in FULL:
            raise storage_full() from None
        raise
    try:
        return _enqueue(row, actor)
    except BaseException:
        staging.drop_upload(root, row.upload)
        raise


def enqueue_latest(source: TrainingSource | None, actor: Actor, *, validate: bool = True) -> Transfer:
    """A committed row for whatever is newest when a worker looks; ``source`` None means all enabled ones."""
    row = order("", actor, kind=TransferKind.LATEST, source=source, validate=validate)
    return _enqueue(row, actor)


def waiting(owner: str) -> QuerySet[Transfer]:
    """Rows that a worker with the staging folder ``owner`` may take up: uploads lie in one folder only."""
    return Transfer.objects.filter(status=TransferStatus.QUEUED, owner__in=("", owner))


def choose(row: Transfer, source: TrainingSource, path: str, model_name: str) -> None:
    """A waiting row for the newest package now names the one it found; raises ClaimLost."""
    chosen = {"kind": TransferKind.PACKAGE, "source": source, "origin": path, "model_name": model_name}
    if not _still_waiting(row).filter(kind=TransferKind.LATEST).update(**chosen):
        raise ClaimLost
    row.refresh_from_db()


def settle(
    row: Transfer, status: TransferStatus, *, code: str = "", detail: str = "", note: str = ""
) -> None:
    """A waiting row has its result without a package; raises ClaimLost where it no longer waits."""
    with transaction.atomic():
        ended: dict[str, Any] = {"status": status, "code": code, "detail": detail}
        ended["notes"] = [{"code": "up_to_date", "detail": note}] if note else []
        if not _still_waiting(row).update(finished_at=timezone.now(), **ended):
            raise ClaimLost
        row.refresh_from_db()


def claim(row: Transfer, owner: str) -> None:
    """The row runs, in the staging folder ``owner``, and is this worker's alone; raises ClaimLost."""
    now = timezone.now()
    taken = _still_waiting(row).update(
        status=TransferStatus.RUNNING,
        owner=owner,
        attempts=F("attempts") + 1,
        started_at=now,
        heartbeat_at=now,
        step="",
    )
    if not taken:
        raise ClaimLost
    row.refresh_from_db()


def held(row: Transfer) -> QuerySet[Transfer]:
    """The row as long as this worker's claim on it stands, for updates."""
    return Transfer.objects.filter(pk=row.pk, status=TransferStatus.RUNNING, attempts=row.attempts)


def cancel(row: Transfer, actor: Actor) -> Transfer:
    """The row is cancelled before any worker took it up, its kept upload is gone.

    Raises Conflict (``transfer_not_queued``) where it waits no longer.
    """
    with transaction.atomic():
        said = f"Cancelled by {actor.name} before it began."
        if not _still_waiting(row).update(
            status=TransferStatus.CANCELLED, detail=said, finished_at=timezone.now(), upload=""
        ):
            row.refresh_from_db()
            now = row.get_status_display().lower()
            raise Conflict(
                Code.TRANSFER_NOT_QUEUED, f"Transfer #{row.pk} is {now}; only a waiting one can be cancelled."
            )
        trail.record("package.cancel", target(row), actor, after={"transfer": row.pk})
    staging.drop_upload(conf.staging_root(), row.upload)
    row.refresh_from_db()
    return row


def give_back(row: Transfer) -> bool:
    """A row whose worker is gone waits again, or has failed after three of them; False if it was ended."""
    if row.attempts >= MOST_ATTEMPTS:
        return _give_up(row)
    again: dict[str, Any] = {"status": TransferStatus.QUEUED, "sent_at": None, "heartbeat_at": None}
    if row.kind != TransferKind.UPLOAD:
        again["owner"] = ""
    done = bool(held(row).update(**again))
    if done:
        log.warning("queued an import again", extra={"transfer": row.pk, "attempts": row.attempts})
    return done


def target(row: Transfer) -> str:
    """How the trail names the row: where its package lies."""
    return f"{row.source.name if row.source else row.kind}/{row.origin}"


def _enqueue(row: Transfer, actor: Actor) -> Transfer:
    with transaction.atomic():
        if Transfer.objects.filter(status=TransferStatus.QUEUED).count() >= MOST_WAITING:
            raise Unavailable(
                Code.IMPORT_BUSY, f"{MOST_WAITING} imports are waiting already. Try again when some are done."
            )
        row.status, row.queued_at = TransferStatus.QUEUED, timezone.now()
        row.save()
        after = {"transfer": row.pk, "kind": row.kind, "model": row.model_name}
        trail.record("package.queue", target(row), actor, after=after)
        transaction.on_commit(lambda: outbox.send(row.pk), robust=True)
    return row


def _give_up(row: Transfer) -> bool:
    with transaction.atomic():
        said = (
            f"{MOST_ATTEMPTS} workers ended while they imported this package, so it is not tried again by "
            "itself. See the workers' log, then import it again."
        )
        ended = held(row).update(
            status=TransferStatus.FAILED,
            code=Code.QUARANTINE_FAILED,
            detail=said,
            finished_at=timezone.now(),
            upload="",
        )
        if ended:
            trail.record(
                "package.import",
                target(row),
                Actor(row.actor, Channel(row.channel)),
                outcome=trail.Outcome.FAILED,
                detail=said,
                after={"transfer": row.pk},
            )
    if ended:
        staging.drop_upload(conf.staging_root(), row.upload)
        log.error("gave up an import", extra={"transfer": row.pk, "attempts": row.attempts})
    return bool(ended)


def _still_waiting(row: Transfer) -> QuerySet[Transfer]:
    return Transfer.objects.filter(pk=row.pk, status=TransferStatus.QUEUED)
