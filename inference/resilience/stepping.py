"""What the hub does by itself about a version that failed: a row, an alert, and a step back."""

import logging

from inference.choices import FaultKind
from inference.models import ServingFault
from inference.serving import fallback
from modelhub import conf
from modelhub.errors import ModelhubError
from modelhub.registry import lifecycle
from modelhub.registry.lifecycle import HUB, Outcome
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion, RegisteredModel
from monitoring import alerts
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind

log = logging.getLogger(__name__)


def report(
    version: ModelVersion, kind: FaultKind, detail: str, *, process: str, calls: int = 1, serves: str = ""
) -> ServingFault:
    """The fault has its row, and the version an open alert that says what answers meanwhile.

    ``serves`` names that, by reference. Raises DatabaseError.
    """
    row = ServingFault.objects.create(
        version=version, kind=kind, process=process[:64], calls=max(calls, 1), detail=detail
    )
    tell(version, kind, detail, serves=serves)
    log.error("version failed", extra={"version": version.reference, "fault": str(kind), "calls": calls})
    return row


def tell(version: ModelVersion, kind: FaultKind, detail: str, *, serves: str = "") -> None:
    """The version has an open alert about its fault, which has its row. Raises DatabaseError."""
    settle_alerts()  # an alert that somebody answered with a decision must not take this fault in
    meanwhile = f"{serves} answers in its place" if serves else "nothing answers in its place"
    _alert(version, kind, detail, meanwhile, serves=serves)


def step_back(failed: ModelVersion, kind: FaultKind, detail: str) -> Outcome | None:
    """The last good version is deployed in the failed one's place, where that is wanted and possible.

    None where ``AUTO_FALLBACK`` is off, the version does not serve any more, a step was taken lately, or no
    earlier version is fit. Any number of processes may ask at once: one step is taken. Raises DatabaseError.
    """
    if not conf.flag("AUTO_FALLBACK"):
        return None
    for target in fallback.candidates(failed):
        try:
            outcome = lifecycle.fall_back(failed, target, reason=_reason(failed, kind, detail))
        except ModelhubError as error:
            facts = {"version": target.reference, "from": failed.reference, "code": str(error.code)}
            log.warning("a version to fall back to cannot serve", extra=facts)
            continue
        if outcome is not None:
            _alert(
                failed, kind, detail, f"{target.reference} was deployed in its place", serves=target.reference
            )
            log.error("fell back", extra={"version": target.reference, "from": failed.reference})
        return outcome
    return None


def settle_alerts() -> None:
    """Alerts of failed versions are closed where a person has decided anew since. Raises DatabaseError."""
    open_now = Alert.objects.filter(kind=AlertKind.FALLBACK, closed_at__isnull=True)
    for alert in open_now.select_related("version__model"):
        decision = _decision_after(alert)
        if decision is not None:
            said = f"{decision.actor} decided for {decision.version.reference}."
            alerts.close_alerts(AlertKind.FALLBACK, alert.version, actor=HUB, reason=said)


def recovered(version: ModelVersion, detail: str) -> None:
    """No alert says any more that the version failed. Raises DatabaseError."""
    alerts.close_alerts(AlertKind.FALLBACK, version, actor=HUB, reason=detail)


def _alert(version: ModelVersion, kind: FaultKind, detail: str, meanwhile: str, *, serves: str) -> None:
    generation = RegisteredModel.objects.values_list("generation", flat=True).get(pk=version.model_id)
    known = Alert.objects.filter(kind=AlertKind.FALLBACK, version=version, closed_at__isnull=True).first()
    alerts.open_alert(
        AlertKind.FALLBACK,
        version,
        f"{version.reference} failed while it served: {detail}; {meanwhile}.",
        facts={
            "fault": str(kind),
            "detail": detail,
            "serves": serves or None,
            # A decision counts from the first sighting on: later ones must not outlive it.
            "generation": known.facts.get("generation", generation) if known else generation,
        },
    )


def _decision_after(alert: Alert) -> LifecycleEvent | None:
    """The newest change of what the model serves, if it came after the alert and from a person."""
    model = alert.version.model
    if model.generation <= int(alert.facts.get("generation", -1)):
        return None
    automatic = Deployment.objects.filter(
        model=model, generation=model.generation, fallback_from__isnull=False
    ).exists()
    if automatic:
        return None
    events = LifecycleEvent.objects.filter(model=model, generation=model.generation)
    return events.exclude(operation__in=("import", "activate", "deactivate")).order_by("id").first()


def _reason(failed: ModelVersion, kind: FaultKind, detail: str) -> str:
    return f"Automatic fallback: {failed.reference} failed while it served ({kind.label.lower()}): {detail}."
