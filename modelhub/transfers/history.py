"""Named selections of transfer rows."""

from django.db.models import QuerySet

from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer


def attempts(*, status: str = "") -> QuerySet[Transfer]:
    """Every attempt to import, newest first, with what a list shows of it; optionally of one status."""
    rows = Transfer.objects.select_related("source", "version__model").order_by("-id")
    return rows.filter(status=status) if status else rows


def refusals(source: TrainingSource, *, digests: set[str], origins: set[str]) -> list[Transfer]:
    """Refused attempts that concern one of these contents or paths of the source, newest first."""
    refused = Transfer.objects.filter(status=TransferStatus.REFUSED).order_by("-id")
    by_content = refused.filter(digest__in=digests - {""})
    by_path = refused.filter(source=source, origin__in=origins, digest="")
    return sorted((*by_content, *by_path), key=lambda transfer: -transfer.pk)
