"""Named selections of registry rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

if TYPE_CHECKING:
    from modelhub.registry.models import Deployment, ModelVersion  # noqa: F401 (type parameters below)


# The four standings, each version having exactly one; needs the annotations of ``with_standing``.
STANDINGS = {
    "deployed": Q(is_deployed=True),
    "loaded": Q(is_deployed=False, is_current=True),
    "available": Q(is_deployed=False, is_current=False, is_active=True),
    "inactive": Q(is_deployed=False, is_current=False, is_active=False),
}


class DeploymentQuerySet(QuerySet["Deployment"]):
    """Deployments by their state."""

    def open(self) -> DeploymentQuerySet:
        """The deployments in force, at most one per registered model."""
        return self.filter(ended_at__isnull=True)


class ModelVersionQuerySet(QuerySet["ModelVersion"]):
    """Versions with their standing in one query."""

    def with_standing(self) -> ModelVersionQuerySet:
        """Annotate ``is_current`` and ``is_deployed``; joins the model, prefetches aliases."""
        from modelhub.registry.models import Deployment, RegisteredModel

        serving = RegisteredModel.objects.filter(current_version=OuterRef("pk"))
        open_here = Deployment.objects.filter(version=OuterRef("pk"), ended_at__isnull=True)
        return (
            self.select_related("model")
            .prefetch_related("aliases__model")
            .annotate(is_deployed=Exists(open_here), is_current=Exists(serving))
        )
