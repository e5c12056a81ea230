"""After a hard kill: what a process had answered but not recorded is written down as lost."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from modelhub import conf
from modelhub.registry.models import ModelVersion
from monitoring.metering import counters
from monitoring.metering.counters import Account
from monitoring.models import MeteredProcess

log = logging.getLogger(__name__)


def recover() -> int:
    """Every ended process of this home has its account settled; answers the requests found lost.

    Safe in any number of processes at a time. Raises DatabaseError, OSError.
    """
    return sum(_settle(path) for path in counters.files(conf.metering_root()))


def _settle(path: Path) -> int:
    with counters.orphan(path) as account:
        if account is None:
            return 0
        with transaction.atomic():
            lost = sum(_close(account, version_id) for version_id in _known(account))
    if lost:
        log.error("a killed process lost metrics", extra={"account": account.process, "requests": lost})
    return lost


def _known(account: Account) -> list[int]:
    return list(ModelVersion.with_deleted.filter(pk__in=account.requests).values_list("pk", flat=True))


def _close(account: Account, version_id: int) -> int:
    rows = MeteredProcess.objects.select_for_update()
    row, _ = rows.get_or_create(
        process=account.process,
        version_id=version_id,
        defaults={"started_at": datetime.fromtimestamp(account.started_s, UTC)},
    )
    row.lost = max(account.requests[version_id] - row.recorded, 0)
    row.ended_at = row.ended_at or timezone.now()
    row.save(update_fields=["lost", "ended_at"])
    return row.lost
