"""The overview: what serves, what was unusual lately, what arrived, whether all is well."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from modelhub import health
from modelhub.health import Probe
from modelhub.registry.models import Deployment, RegisteredModel
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer
from monitoring import fallbacks
from monitoring.models import Alert, Anomaly
from monitoring.reasons import sentence
from monitoring.trend import trend

TREND_ROWS = 2_000
SEVEREST = 6
LAST_TRANSFERS = 6
OPEN_ALERTS = 6
BAD = {TransferStatus.REFUSED, TransferStatus.FAILED, TransferStatus.INTERRUPTED}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One registered model: its open deployment, if any, and whether another version is on trial."""

    model: RegisteredModel
    deployment: Deployment | None

    @property
    def on_trial(self) -> bool:
        """True while another version than the deployed one serves."""
        deployed = self.deployment.version_id if self.deployment else None
        return self.model.current_version_id not in (None, deployed)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The admin index's context: panels of rows for those who may see them, the probes for all staff."""
    context["title"] = "Overview"
    may = request.user.has_perm
    if may("registry.view_modelversion"):
        context["cards"] = _cards()
    if may("monitoring.view_anomaly"):
        newest = _newest_anomalies()
        context["trend"] = trend(newest)
        context["trend_is_partial"] = len(newest) == TREND_ROWS
        context["severest"] = _severest()
        context["anomaly_panel"] = True
    if may("monitoring.view_alert"):
        context["alerts"] = _open_alerts()
        context["fallbacks"] = fallbacks.now()
    if may("transfers.view_transfer"):
        context["transfers"] = _transfers()
    context["probes"] = _probes()
    return context


def _cards() -> list[ModelCard]:
    deployments = Deployment.objects.open().select_related("version__model")
    by_model = {deployment.model_id: deployment for deployment in deployments}
    models = RegisteredModel.objects.select_related("current_version__model")
    return [ModelCard(model, by_model.get(model.pk)) for model in models]


def _open_alerts() -> list[Alert]:
    open_now = Alert.objects.filter(closed_at__isnull=True).select_related("version__model")
    return list(open_now[:OPEN_ALERTS])


def _newest_anomalies() -> list[tuple[datetime, float]]:
    """Times and severities; a clock that runs years ahead must not squeeze all others into one column."""
    seen = Anomaly.objects.filter(observed_at__lte=timezone.now() + timedelta(days=1))
    return list(seen.values_list("observed_at", "severity")[:TREND_ROWS])


def _severest() -> list[tuple[Anomaly, str]]:
    """The severest among the newest rows: an index serves the newest, sorting them is cheap."""
    newest = list(Anomaly.objects.values_list("pk", "severity")[:TREND_ROWS])
    keys = [pk for pk, _ in sorted(newest, key=lambda row: (-row[1], -row[0]))[:SEVEREST]]
    rows = Anomaly.objects.filter(pk__in=keys).select_related("version__model").order_by("-severity", "-id")
    return [(row, sentence(row.reasons)) for row in rows]


def _transfers() -> list[tuple[Transfer, str]]:
    rows = Transfer.objects.select_related("version__model", "source")[:LAST_TRANSFERS]
    return [(row, _tone(row)) for row in rows]


def _tone(row: Transfer) -> str:
    if row.status in BAD:
        return "bad"
    return "good" if row.status == TransferStatus.IMPORTED else "mute"


def _probes() -> list[tuple[str, Probe]]:
    return [(name, probe()) for name, probe in health.READINESS.items()]
