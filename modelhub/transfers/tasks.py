"""Scheduled work on training sources."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from modelhub.transfers import discovery
from modelhub.transfers.recovery import recover


@worker_ready.connect
def recover_at_start(**_: Any) -> None:
    """What a killed process left is cleared before the worker takes work."""
    recover()


@shared_task(name="modelhub.transfers.tasks.scan_sources")
def scan_sources() -> dict[str, int]:
    """Refresh what every enabled source is known to hold; answers packages found by source name."""
    recover()
    return {scan.source.name: len(scan.candidates) for scan in discovery.scan_all()}
