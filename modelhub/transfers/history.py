"""Named selections of transfer rows."""

from django.db.models import QuerySet

from modelhub.errors import Code
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


def attempts(*, status: str = "") -> QuerySet[Transfer]:
    """Every attempt to import, newest first, with what a list shows of it; optionally of one status."""
    rows = Transfer.objects.select_related("source", "version__model").order_by("-id")
    return rows.filter(status=status) if status else rows


def last_attempts(digests: set[str]) -> dict[str, Transfer]:
    """The newest ended attempt to import each of these contents, by digest.

    A taken label is left out: it is a matter of the registry's present state, not of the content.
    """
    ended = Transfer.objects.filter(digest__in=digests).exclude(status=TransferStatus.RUNNING)
    return {row.digest: row for row in ended.exclude(code=Code.VERSION_CONFLICT).order_by("id")}


def condemns(row: Transfer) -> bool:
    """True where the attempt was refused for what the content is, so that it will be refused again."""
    return row.status == TransferStatus.REFUSED and row.code in _CONTENT
