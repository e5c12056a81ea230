"""What workers do for the transfers: queued imports, scans, and the upkeep of both."""

import logging
from typing import Any

from celery import bootsteps, current_app, shared_task
from django.db import connection

from modelhub.transfers import automatic, cleanup, discovery, recovery, working

log = logging.getLogger(__name__)


class ReconcileStep(bootsteps.StartStopStep):
    """Whenever a worker has found its broker, at its start and after an outage, nothing queued is missed."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        """What a killed process left is taken up again; a database that is away stops no worker."""
        try:
            recovery.reconcile()
        except Exception:
            log.exception("the queue could not be reconciled at the start; the schedule tries again")
        finally:
            connection.close()


current_app.steps["consumer"].add(ReconcileStep)


@shared_task(name="modelhub.transfers.tasks.run_import")
def run_import(transfer_id: int) -> str:
    """Import what the queued row names, if it still waits; answers the row's status then, else ""."""
    return working.work(transfer_id)


@shared_task(name="modelhub.transfers.tasks.reconcile")
def reconcile() -> dict[str, int]:
    """Tell of imports that no worker took, and queue those again whose worker is gone."""
    return recovery.reconcile()


@shared_task(name="modelhub.transfers.tasks.scan_sources")
def scan_sources() -> dict[str, int]:
    """Refresh what every enabled source is known to hold and queue what it imports by itself.

    Answers packages found by source name.
    """
    recovery.recover()
    scans = discovery.scan_all()
    for scan in scans:
        automatic.queue_new(scan)
    return {scan.source.name: len(scan.candidates) for scan in scans}


@shared_task(name="modelhub.transfers.tasks.prune")
def prune(days: int = 90) -> dict[str, int]:
    """Remove the rows of attempts that ended more than ``days`` days ago."""
    cleared = cleanup.clear(days, cleanup.SCHEDULE)
    return {"deleted": cleared.deleted, "kept": cleared.kept}
