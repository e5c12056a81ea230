"""The ways back: versions that may answer in the place of one that failed, and in whose place one answers."""

from datetime import datetime

from django.db.models import Max, Q

from inference.choices import FaultKind
from inference.models import ServingFault
from modelhub.registry.models import Deployment, ModelVersion

MOST_TRIED = 3
# What a version did, not what happened to its files: those are looked at anew each time.
MISBEHAVIOUR = frozenset(FaultKind) - {FaultKind.LOAD, FaultKind.CORRUPT}


def candidates(wanted: ModelVersion) -> list[ModelVersion]:
    """Versions that served the same registered model by decision before, newest decision first.

    Deactivated and deleted ones are left out, because somebody decided against them; and so are damaged
    ones, and those that failed while they served since they were last deployed.
    """
    usable = Q(version__is_active=True, version__deleted_at__isnull=True, version__corrupt_at__isnull=True)
    earlier = wanted.model.deployments.filter(usable).exclude(version=wanted)
    newest = earlier.order_by().values("version").annotate(at=Max("deployed_at"), number=Max("id"))
    fit = [row for row in newest.order_by("-number")[:50] if not _failed_since(row["version"], row["at"])]
    ids = [row["version"] for row in fit[:MOST_TRIED]]
    found = ModelVersion.objects.select_related("model").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def origin(version: ModelVersion) -> str:
    """The version in whose place the hub deployed this one by itself, by reference; else empty.

    Empty again as soon as a person decided anew, be it for the same version.
    """
    in_force = Deployment.objects.open().filter(version=version, fallback_from__isnull=False)
    deployment = in_force.select_related("fallback_from__model").first()
    return deployment.fallback_from.reference if deployment and deployment.fallback_from else ""


def _failed_since(version_id: int, moment: datetime) -> bool:
    faults = ServingFault.objects.filter(version_id=version_id, kind__in=MISBEHAVIOUR)
    return faults.filter(happened_at__gte=moment).exists()
