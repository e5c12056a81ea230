"""What came of an import, in words for a page."""

from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer


def result_sentence(transfer: Transfer) -> str:
    """What came of a transfer that did not fail, in one sentence."""
    if transfer.status == TransferStatus.UNCHANGED:
        return f"{transfer.version} was already here with the same content; nothing changed."
    if transfer.is_repair:
        return f"{transfer.version} was damaged in the store and is whole again."
    return f"{transfer.version} was imported. It serves nobody until you deploy it."
