"""Named selections of transfer rows."""

from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet

from modelhub.errors import Code, NotFound
from modelhub.registry.querysets import large_columns
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

# Limits, the machine, the hub's settings and its libraries may change; these verdicts may not.
_CONTENT = frozenset(
    {
        Code.ARTEFACT_TYPE,
        Code.FEATURE_MISMATCH,
        Code.METADATA_INVALID,
        Code.MODEL_NOT_USABLE,
        Code.MODEL_STRUCTURE,
        Code.PARITY_FAILED,
        Code.PICKLE_CORRUPT,
        Code.TYPE_NOT_SUPPORTED,
        Code.UNSAFE_TYPE,
    }
)


# What a list may be ordered by, under the names that the API shows.
ORDERINGS = {
    "transfer_id": "id",
    "transferred_at": "started_at",
    "duration": "duration_s",
    "status": "status",
}


def attempts(
    *, status: str = "", source: str = "", version: str = "", search: str = "", ordering: str = ""
) -> QuerySet[Transfer]:
    """Attempts to import with what a list shows of them, newest first; each word given narrows.

    ``source`` is a name. ``version`` is a label, of the version or only asked for, or ``NAME:LABEL``.
    ``search`` looks into path, label, code, detail and actor. ``ordering`` is a key of
    :data:`ORDERINGS`, ``-`` in front for descending.
    """
    rows = Transfer.objects.select_related("source", "version__model").defer(*large_columns("version"))
    if status:
        rows = rows.filter(status=status)
    if source:
        rows = rows.filter(source__name=source)
    if version:
        rows = rows.filter(_of_version(version))
    if search:
        fields = ("origin", "label", "code", "detail", "actor")
        rows = rows.filter(reduce(or_, (Q(**{f"{name}__icontains": search}) for name in fields)))
    column = F(ORDERINGS.get(ordering.removeprefix("-"), "id"))
    is_rising = ordering in ORDERINGS
    order = column.asc(nulls_last=True) if is_rising else column.desc(nulls_last=True)
    return rows.order_by(order, "-id")


def find(transfer_id: str) -> Transfer:
    """The attempt of that number; raises NotFound (``transfer_not_found``)."""
    is_number = transfer_id.isascii() and transfer_id.isdigit() and len(transfer_id) < 19
    rows = Transfer.objects.select_related("source", "version__model")
    row = rows.filter(pk=int(transfer_id)).first() if is_number else None
    if row is None:
        raise NotFound(Code.TRANSFER_NOT_FOUND, f"There is no transfer {transfer_id[:40]!r}.")
    return row


def last_attempts(digests: set[str]) -> dict[str, Transfer]:
    """The newest ended attempt to import each of these contents, by digest.

    A taken label is left out: it is a matter of the registry's present state, not of the content.
    """
    open_now = (TransferStatus.QUEUED, TransferStatus.RUNNING)
    ended = Transfer.objects.filter(digest__in=digests).exclude(status__in=open_now)
    return {row.digest: row for row in ended.exclude(code=Code.VERSION_CONFLICT).order_by("id")}


def _of_version(text: str) -> Q:
    name, separator, label = text.rpartition(":")
    if separator:
        return Q(version__label=label, version__model__name=name) | Q(label=label, model_name=name)
    return Q(version__label=text) | Q(label=text)


def condemns(row: Transfer) -> bool:
    """True where the attempt was refused for what the content is, so that it will be refused again."""
    return row.status == TransferStatus.REFUSED and row.code in _CONTENT
