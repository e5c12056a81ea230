"""Degraded serving as an alert: open while some process cannot load the version that should serve."""

from collections.abc import Sequence

from inference.models import Replica
from inference.serving.slots import Held
from monitoring import alerts
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind

SUBJECT = "serving"


def tell(changed: Sequence[Held], *, process: str, is_due: bool) -> None:
    """Alerts say what the rows of the processes say: opened for a problem that is new here, closed when over.

    ``changed`` is what this process holds otherwise than it last reported; ``is_due`` asks for a look at
    alerts whose processes may be gone. Raises DatabaseError.
    """
    for held in changed:
        if held.problem:
            _open(held, process)
    if is_due or any(not held.problem for held in changed):
        _close_what_is_over()


def _open(held: Held, process: str) -> None:
    wanted, serves = held.wanted, held.slot.version.reference if held.slot else None
    if wanted is None:
        return
    goes_on = f"{serves} answers instead" if serves else "nothing answers"
    alerts.open_alert(
        AlertKind.DEGRADED,
        wanted,
        f"{wanted.reference} could not be loaded by a serving process; {goes_on}.",
        subject=SUBJECT,
        facts={"process": process, "problem": held.problem, "serves": serves},
    )


def _close_what_is_over() -> None:
    for alert in Alert.objects.filter(kind=AlertKind.DEGRADED, closed_at__isnull=True).select_related(
        "version__model"
    ):
        if not _lasts(alert):
            alerts.close_alerts(
                AlertKind.DEGRADED,
                alert.version,
                actor=alerts.HUB,
                subject=alert.subject,
                reason="No serving process is degraded for it any more.",
            )


def _lasts(alert: Alert) -> bool:
    """True while the version should serve and some process reports that it cannot load what should."""
    if alert.version.model.current_version_id != alert.version_id:
        return False
    return Replica.objects.filter(model_id=alert.version.model_id).exclude(problem="").exists()
