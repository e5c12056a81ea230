"""Damaged files of a version: an alert, and a step back where it is the one that serves."""

from inference.choices import FaultKind
from inference.models import ServingFault
from inference.resilience import stepping
from modelhub.registry.lifecycle import HUB
from modelhub.registry.models import ModelVersion, RegisteredModel
from monitoring import alerts
from monitoring.models.alerts import AlertKind


def told(version: ModelVersion, fault: str) -> None:
    """The alert of the version says what ``fault`` says, and none is left where it is empty.

    What a process has in memory goes on serving: it was whole when it was read. Of the version that serves,
    the last good one is deployed in its place. Hook ``ON_INTEGRITY``. Raises DatabaseError.
    """
    if not fault:
        alerts.close_alerts(AlertKind.CORRUPT, version, actor=HUB, reason="Its files are whole again.")
        return
    alerts.open_alert(
        AlertKind.CORRUPT,
        version,
        f"Stored files of {version.reference} are damaged. Import its package again, or restore the store.",
        facts={"detail": fault},
    )
    if RegisteredModel.objects.filter(pk=version.model_id, current_version=version).exists():
        stepping.step_back(version, FaultKind.CORRUPT, fault.rstrip("."))


def note(version: ModelVersion, fault: str, *, process: str) -> None:
    """One row says that a process found the version damaged while it served; one for all processes."""
    since = version.corrupt_at
    known = ServingFault.objects.filter(version=version, kind=FaultKind.CORRUPT)
    if since is None or not known.filter(happened_at__gte=since).exists():
        ServingFault.objects.create(
            version=version, kind=FaultKind.CORRUPT, process=process[:64], detail=fault
        )
