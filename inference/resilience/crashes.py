"""Serving processes that died in native code or stood still: which version it was, and what follows.

Two deaths of one version within ten minutes, and it is not trusted any more.
"""

import logging
from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from inference.choices import FaultKind
from inference.faults import Fault
from inference.models import ServingFault
from inference.resilience import inflight, stepping
from inference.resilience.inflight import Death
from modelhub import conf
from modelhub.registry.models import ModelVersion
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind

log = logging.getLogger(__name__)
LOOK_S = 5.0
DEATHS = 2
WITHIN = timedelta(minutes=10)


def settle() -> int:
    """Every death in this home has its rows, and what follows from them was done; answers the deaths found.

    Safe in any number of processes at a time. Raises DatabaseError, OSError.
    """
    found = 0
    for path in inflight.files(conf.metering_root()):
        with inflight.ended(path) as death:
            if death is not None and death.guilty:
                found += 1
                _settle(death)
    return found


def condemned(kinds: Collection[Fault] = (Fault.CRASH, Fault.TIMEOUTS)) -> dict[int, tuple[Fault, str]]:
    """Versions that should serve but killed or blocked processes, and nobody has decided since; with why."""
    stepping.settle_alerts()
    open_now = Alert.objects.filter(kind=AlertKind.FALLBACK, closed_at__isnull=True)
    current = open_now.filter(version__current_in__isnull=False)
    return {
        alert.version_id: (Fault(alert.facts["fault"]), str(alert.facts["detail"]))
        for alert in current
        if alert.facts.get("fault") in kinds
    }


def _settle(death: Death) -> None:
    said = "a process stood still in it" if death.was_stuck else "a process crashed in it"
    for version_id, calls in Counter(call.version_id for call in death.guilty).items():
        version = ModelVersion.objects.select_related("model").filter(pk=version_id).first()
        if version is None:
            continue
        recent = ServingFault.objects.filter(
            version=version, kind=FaultKind.CRASH, happened_at__gt=timezone.now() - WITHIN
        )
        # The row first, the count after it: two processes that settle a death each must not both count one.
        # It is there already where the database went away before the file could be removed.
        if not recent.filter(process=death.process[:64]).exists():
            ServingFault.objects.create(
                version=version, kind=FaultKind.CRASH, process=death.process[:64], calls=calls, detail=said
            )
            facts = {"version": version.reference, "replica": death.process}
            log.error("version killed a process", extra=facts)
        deaths = recent.count()
        if deaths >= DEATHS:
            detail = f"{said}, {deaths} times in ten minutes"
            stepping.tell(version, FaultKind.CRASH, detail)
            stepping.step_back(version, FaultKind.CRASH, detail)
