"""When the version that should serve cannot be loaded at all: the last good one before it."""

from django.db.models import Q

from modelhub.registry.models import ModelVersion

MOST_TRIED = 3


def candidates(wanted: ModelVersion) -> list[ModelVersion]:
    """Versions that served the same registered model by decision before, newest decision first.

    Deactivated and deleted ones are left out: somebody decided against them.
    """
    seen: dict[int, ModelVersion] = {}
    usable = Q(version__is_active=True, version__deleted_at__isnull=True)
    earlier = wanted.model.deployments.filter(usable).select_related("version__model")
    for deployment in earlier.exclude(version=wanted)[:50]:
        seen.setdefault(deployment.version_id, deployment.version)
    return list(seen.values())[:MOST_TRIED]
