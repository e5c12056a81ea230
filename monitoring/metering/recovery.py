"""After an end without a last write: what a process left is recorded, the rest counted as lost."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from modelhub import conf
from modelhub.registry.models import ModelVersion
from monitoring.metering import counters, spool, writing
from monitoring.metering.counters import Account
from monitoring.models import InferenceMetric, MeteredProcess

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
        spooled = path.with_suffix(spool.SUFFIX)
        with transaction.atomic():
            writing.write(*_readable(spooled))
            lost = sum(_close(account, version_id) for version_id in _known(account))
        spooled.unlink(missing_ok=True)
    if lost:
        log.error("a killed process lost metrics", extra={"account": account.process, "requests": lost})
    return lost


def _readable(path: Path) -> tuple[list[InferenceMetric], list[MeteredProcess]]:
    """What the process left, but rows of versions that are gone; nothing of a damaged file: that is lost."""
    try:
        metrics, processes = spool.read(path)
    except (ValueError, KeyError, TypeError):
        log.error("what an ended process left cannot be read", extra={"file": path.name})
        return [], []
    named = {row.version_id for row in metrics} | {row.version_id for row in processes}
    known = set(ModelVersion.with_deleted.filter(pk__in=named).values_list("pk", flat=True))
    return (
        [row for row in metrics if row.version_id in known],
        [row for row in processes if row.version_id in known],
    )


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
