"""Versions that failed while they served, and what answers in their place now: for the overview."""

from collections.abc import Mapping
from dataclasses import dataclass

from modelhub.registry.models import Deployment
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind


@dataclass(frozen=True, slots=True)
class FallingBack:
    """One failed version by its open alert, and the deployment the hub made in its place, if it made one."""

    alert: Alert
    deployment: Deployment | None

    @property
    def detail(self) -> str:
        """How it failed, as half a sentence."""
        return str(self.alert.facts.get("detail") or "it failed")

    @property
    def serves(self) -> str:
        """What answers instead, by reference or as words; empty where nothing does."""
        return str(self.alert.facts.get("serves") or "")


def now() -> list[FallingBack]:
    """Every model that does not answer by its own version at present, newest first, in two queries."""
    alerts = Alert.objects.filter(kind=AlertKind.FALLBACK, closed_at__isnull=True)
    steps = Deployment.objects.open().filter(fallback_from__isnull=False).select_related("version__model")
    by_failed: Mapping[int | None, Deployment] = {step.fallback_from_id: step for step in steps}
    rows = alerts.select_related("version__model")[:20]
    return [FallingBack(alert, by_failed.get(alert.version_id)) for alert in rows]
