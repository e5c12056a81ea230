"""After a crash: attempts whose process is gone become interrupted, their folders are removed."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from modelhub import conf
from modelhub.transfers import staging
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

# No import lives that long, so a row this old is dead whichever staging folder it belonged to.
_LONGEST = timedelta(days=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many transfers were marked interrupted and how many dead folders were removed."""

    interrupted: int
    removed: int


def recover() -> Recovered:
    """No transfer is called running, and no staging folder exists, without a living import behind it.

    Cheap when there is nothing to do, and safe beside running imports: their locks are held, and those
    of another staging folder (another host on the same database) are left alone for a day.
    """
    root = conf.staging_root()
    with staging.guarded(root) as owner:
        live, removed = staging.sweep(root)
        interrupted = (
            Transfer.objects.filter(Q(owner=owner) | Q(started_at__lt=timezone.now() - _LONGEST))
            .filter(status=TransferStatus.RUNNING)
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
