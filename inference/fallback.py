"""When the version that should serve cannot be loaded at all: the last good one before it."""

from modelhub.registry.models import ModelVersion

MOST_TRIED = 3


def candidates(wanted: ModelVersion) -> list[ModelVersion]:
    """Versions that served the same registered model by decision before, newest decision first.

    Deactivated ones are left out: somebody decided against them.
    """
    seen: dict[int, ModelVersion] = {}
    earlier = wanted.model.deployments.filter(version__is_active=True).select_related("version__model")
    for deployment in earlier.exclude(version=wanted)[:50]:
        seen.setdefault(deployment.version_id, deployment.version)
    return list(seen.values())[:MOST_TRIED]
