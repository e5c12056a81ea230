"""Adding to the trail: one function, called inside the transaction of what it records."""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from enum import StrEnum
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from modelhub.actors import Actor, origin
from modelhub.audit.models import AuditEntry, AuditHead
from modelhub.audit.plain import plain_facts, plain_text
from modelhub.errors import ModelhubError, UserFault

log = logging.getLogger(__name__)
START = "0" * 64  # what the first entry is sealed to
_HEAD = 1  # the only row of AuditHead
_LONGEST_TEXT = 4000
_SEALED = tuple(
    field.attname for field in AuditEntry._meta.concrete_fields if field.attname not in ("id", "hash")
)


class Outcome(StrEnum):
    """How an operation ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    DENIED = "denied"


def record(
    action: str,
    target: str,
    actor: Actor,
    *,
    outcome: Outcome = Outcome.DONE,
    reason: str = "",
    detail: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """The trail has one entry more, sealed to the last one, if the caller's transaction commits.

    ``action`` is ``topic.verb`` (``version.deploy``, ``token.create``). Request id and address come from
    :data:`modelhub.actors.origin`. Call it last in a transaction: it holds the end of the chain until then,
    so whoever takes a lock afterwards may wait for somebody who waits for the chain.
    """
    where = origin.get()
    # No savepoint: what cannot be recorded must not happen, so its transaction may fail as a whole.
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        entry = AuditEntry(
            sequence=head.sequence + 1,
            happened_at=timezone.now().astimezone(UTC),
            action=plain_text(action, most=64),
            outcome=outcome.value,
            target=plain_text(target, most=300),
            actor=plain_text(actor.name, most=150),
            channel=actor.channel.value,
            address=plain_text(where.address, most=64),
            request_id=plain_text(where.request_id, most=64),
            reason=plain_text(reason, most=_LONGEST_TEXT),
            detail=plain_text(detail, most=_LONGEST_TEXT),
            before=plain_facts(before),
            after=plain_facts(after),
            previous_hash=head.hash,
        )
        entry.hash = seal(entry)
        entry.save(force_insert=True)
        AuditHead.objects.filter(pk=_HEAD).update(sequence=entry.sequence, hash=entry.hash)
    return entry


@contextmanager
def faults_recorded(action: str, target: str, actor: Actor, *, reason: str = "") -> Iterator[None]:
    """A fault that leaves the block leaves an entry too: ``refused`` for the caller's, ``failed`` for ours.

    Put it around the operation's transaction, not into it, so that the entry outlives the roll-back.
    Where the database takes no entry the log has the line, and the fault goes on its way all the same.
    """
    try:
        yield
    except Exception as error:
        outcome = Outcome.REFUSED if isinstance(error, UserFault) else Outcome.FAILED
        said = f"{error.code}: {error.detail}" if isinstance(error, ModelhubError) else "See the log."
        try:
            record(action, target, actor, outcome=outcome, reason=reason, detail=said)
        except (DatabaseError, InterfaceError):
            facts = {"action": action, "target": target, "actor": actor.name, "outcome": outcome.value}
            log.error("an audit entry could not be written", extra=facts)
        raise


def seal(entry: AuditEntry) -> str:
    """SHA-256 in hexadecimal over every field of the entry but its key and the seal itself."""
    fields = {name: getattr(entry, name) for name in _SEALED}
    fields["happened_at"] = entry.happened_at.astimezone(UTC).isoformat()
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _locked_head() -> AuditHead:
    """The end of the chain, ours until commit; the row is made with the first entry."""
    head = AuditHead.objects.select_for_update().filter(pk=_HEAD).first()
    if head is None:
        AuditHead.objects.get_or_create(pk=_HEAD)
        head = AuditHead.objects.select_for_update().get(pk=_HEAD)
    return head
