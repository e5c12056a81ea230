"""Adding to the trail: one function, called inside the transaction of what it records."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from modelhub.actors import Actor, origin
from modelhub.audit.models import AuditEntry, AuditHead

_HEAD = 1  # the only row of AuditHead


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
    :data:`modelhub.actors.origin`. Call it last in a transaction: it holds the end of the chain until then.
    """
    with transaction.atomic():
        AuditHead.objects.get_or_create(pk=_HEAD)
        head = AuditHead.objects.select_for_update().get(pk=_HEAD)
        where = origin.get()
        entry = AuditEntry(
            sequence=head.sequence + 1,
            happened_at=timezone.now().astimezone(UTC),
            action=action,
            outcome=outcome,
            target=target[:300],
            actor=actor.name[:150],
            channel=actor.channel,
            address=where.address[:64],
            request_id=where.request_id[:64],
            reason=reason,
            detail=detail,
            before=_plain(before),
            after=_plain(after),
            previous_hash=head.hash,
        )
        entry.hash = seal(entry)
        entry.save(force_insert=True)
        head.sequence, head.hash = entry.sequence, entry.hash
        head.save()
    return entry


def seal(entry: AuditEntry) -> str:
    """SHA-256 in hexadecimal over every field of the entry but its key and the seal itself."""
    fields = {
        field.attname: getattr(entry, field.attname)
        for field in AuditEntry._meta.concrete_fields
        if field.attname not in ("id", "hash")
    }
    fields["happened_at"] = entry.happened_at.astimezone(UTC).isoformat()
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """The value as it will be read back from a JSON column, so that its seal can be made again."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(value or {}), cls=DjangoJSONEncoder))
    return plain
