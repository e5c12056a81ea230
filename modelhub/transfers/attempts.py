"""One attempt to import: its row and its locked folder, both brought to an end whatever happens."""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DatabaseError, transaction
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts.staging import FULL, storage_full
from modelhub.artifacts.types import Note
from modelhub.audit import trail
from modelhub.audit.trail import Outcome
from modelhub.errors import Code, ModelhubError, SystemFault, UserFault
from modelhub.registry.models import ModelVersion
from modelhub.transfers import queue, staging
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

log = logging.getLogger(__name__)
# What an attempt may change after its begin; the rest belongs to the queue.
_OWN_FIELDS = (
    "source",
    "label",
    "digest",
    "lineage",
    "version",
    "status",
    "step",
    "code",
    "detail",
    "notes",
    "finished_at",
    "duration_s",
)


@dataclass(slots=True)
class Attempt:
    """A running import: its committed row, and the folder that a package is staged into."""

    transfer: Transfer
    folder: Path = Path()
    _started: float = field(default_factory=time.monotonic)

    def reach(self, step: str) -> None:
        """The row names the step that is being taken."""
        self.transfer.step = step
        self._save("step")

    def learn(self, *, label: str, digest: str, notes: Iterable[Note]) -> None:
        """Keep what the package said of itself, saved with the end of the attempt."""
        self.transfer.label, self.transfer.digest = label, digest
        self.transfer.notes = [{"code": note.code, "detail": note.detail} for note in notes]

    def succeed(self, version: ModelVersion, *, created: bool) -> None:
        """The row leads to the version; part of the transaction that made it."""
        self.transfer.version = version
        self.end(TransferStatus.IMPORTED if created else TransferStatus.UNCHANGED)

    def end(self, status: TransferStatus, *, code: str = "", detail: str = "") -> None:
        """The row has its result and duration, the audit trail an entry."""
        self.transfer.status, self.transfer.code, self.transfer.detail = status, code, detail
        self.transfer.finished_at = timezone.now()
        self.transfer.duration_s = time.monotonic() - self._started
        with transaction.atomic():
            self._save(*_OWN_FIELDS)
            _record(self.transfer)

    def _save(self, *fields: str) -> None:
        """Write these fields; raises ClaimLost for a queued row that was given to another worker."""
        row = self.transfer
        if row.queued_at is None:
            row.save(update_fields=fields)
        elif not queue.held(row).update(**{name: getattr(row, name) for name in fields}):
            raise queue.ClaimLost


@contextmanager
def attempt(transfer: Transfer) -> Iterator[Attempt]:
    """Save the row as running, open its folder; at the end the folder is gone and the row has a result.

    A queued row is claimed first: ClaimLost leaves where it is, or becomes, another worker's. Where the
    database or this process fails on the way, it waits for the next worker instead of having a result.

    Faults of ours leave with ``transfer_id`` among their facts; any other exception is
    logged and leaves as SystemFault (``internal``), a database that fails as the database's error.
    """
    running = Attempt(transfer)
    area: staging.Area | None = None
    try:
        area = _begin(transfer)
        running.folder = area.package
        yield running
    except queue.ClaimLost:
        raise
    except Exception as error:
        fault = _classified(error, transfer)
        status = TransferStatus.REFUSED if isinstance(fault, UserFault) else TransferStatus.FAILED
        transfer.version = None  # a failed commit may have left one that was rolled back
        with suppress(DatabaseError, queue.ClaimLost):  # recovery looks after the row once it can
            if isinstance(error, DatabaseError) and transfer.queued_at is not None:
                queue.give_back(transfer)
            elif transfer.pk is not None:  # else the row itself could not be written
                running.end(status, code=str(fault.code), detail=fault.detail)
        if isinstance(error, DatabaseError):
            raise
        fault.facts["transfer_id"] = transfer.pk
        raise fault from (None if fault is error else error)
    except BaseException:
        with suppress(DatabaseError, queue.ClaimLost):
            if transfer.queued_at is None:
                running.end(TransferStatus.INTERRUPTED, detail="The import was interrupted. Import it again.")
            else:
                queue.give_back(transfer)
        raise
    finally:
        if area is not None:
            staging.close_area(area)


def _begin(transfer: Transfer) -> staging.Area:
    """The committed row and its locked folder; made under one guard, so no sweep comes between."""
    root = conf.staging_root()
    with staging.guarded(root) as owner:
        if transfer.queued_at is None:
            transfer.owner = owner
            transfer.save()
        else:
            queue.claim(transfer, owner)
        return staging.open_area(root, transfer.pk)


_OUTCOMES = {
    TransferStatus.IMPORTED: Outcome.DONE,
    TransferStatus.UNCHANGED: Outcome.DONE,
    TransferStatus.REFUSED: Outcome.REFUSED,
}


def _record(transfer: Transfer) -> None:
    """The end of the attempt in the audit trail; the target is where the package lay."""
    trail.record(
        "package.import",
        f"{transfer.source.name}/{transfer.origin}" if transfer.source else transfer.origin,
        Actor(transfer.actor, Channel(transfer.channel)),
        outcome=_OUTCOMES.get(TransferStatus(transfer.status), Outcome.FAILED),
        detail=f"{transfer.code}: {transfer.detail}" if transfer.code else transfer.detail,
        after={
            "transfer": transfer.pk,
            "status": transfer.status,
            "version": transfer.version.reference if transfer.version else None,
            "digest": transfer.digest,
        },
    )


def _classified(error: Exception, transfer: Transfer) -> ModelhubError:
    if isinstance(error, ModelhubError):
        return error
    if isinstance(error, OSError) and error.errno in FULL:
        return storage_full()
    log.exception("import failed", extra={"transfer": transfer.pk, "step": transfer.step})
    if isinstance(error, DatabaseError):
        return SystemFault(Code.DATABASE_UNAVAILABLE, "The database did not answer. Import it again.")
    return SystemFault(
        Code.INTERNAL,
        f"The import failed on our side; nothing was registered. See the log, transfer {transfer.pk}.",
    )
