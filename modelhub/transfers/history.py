"""Named selections of transfer rows."""

from django.db.models import QuerySet

from modelhub.errors import Code
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer


def attempts(*, status: str = "") -> QuerySet[Transfer]:
    """Every attempt to import, newest first, with what a list shows of it; optionally of one status."""
    rows = Transfer.objects.select_related("source", "version__model").order_by("-id")
    return rows.filter(status=status) if status else rows


def refusals(digests: set[str]) -> QuerySet[Transfer]:
    """Attempts that were refused for what these contents are, oldest first.

    A taken label is left out: it is a matter of the registry's present state, not of the content.
    """
    refused = Transfer.objects.filter(status=TransferStatus.REFUSED, digest__in=digests)
    return refused.exclude(code=Code.VERSION_CONFLICT).order_by("id")
