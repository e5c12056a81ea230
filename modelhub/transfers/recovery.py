"""After a crash: attempts whose process is gone become interrupted, their folders are removed."""

import logging
from dataclasses import dataclass

from django.utils import timezone

from modelhub import conf
from modelhub.transfers import staging
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many transfers were marked interrupted and how many dead folders were removed."""

    interrupted: int
    removed: int


def recover() -> Recovered:
    """No transfer is called running, and no staging folder exists, without a living import behind it.

    Cheap when there is nothing to do, and safe beside running imports: their locks are held.
    """
    root = conf.staging_root()
    with staging.guarded(root):
        live, removed = staging.sweep(root)
        interrupted = (
            Transfer.objects.filter(status=TransferStatus.RUNNING)
            .exclude(pk__in=live)
            .update(
                status=TransferStatus.INTERRUPTED,
                detail="The process ended before the import did. Nothing was registered; import it again.",
                finished_at=timezone.now(),
            )
        )
    if interrupted or removed:
        log.warning("recovered imports", extra={"interrupted": interrupted, "removed": removed})
    return Recovered(interrupted, removed)
