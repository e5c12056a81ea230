"""Named selections of registry rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

if TYPE_CHECKING:
    from modelhub.registry.models import Deployment, ModelVersion  # noqa: F401 (type parameters below)


# The four standings, each version having exactly one; needs the annotations of ``with_standing``.
STANDINGS = {
    "deployed": Q(is_deployed=True),
    "loaded": Q(is_deployed=False, is_current=True),
    "available": Q(is_deployed=False, is_current=False, is_active=True),
    "inactive": Q(is_deployed=False, is_current=False, is_active=False),
}


_LARGE = ("feature_names", "calibration", "metrics", "metadata", "environment", "pickle_globals", "notes")


def large_columns(*paths: str) -> list[str]:
    """What ``defer`` leaves out of the versions that ``paths`` lead to: for lists that only name versions.

    Reading these columns takes most of a millisecond for each version in each row.
    """
    return [f"{path}__{column}" for path in paths for column in _LARGE]


class DeploymentQuerySet(QuerySet["Deployment"]):
    """Deployments by their state."""

    def open(self) -> DeploymentQuerySet:
        """The deployments in force, at most one per registered model."""
        return self.filter(ended_at__isnull=True)

    def in_force_at(self, moment: datetime) -> DeploymentQuerySet:
        """What each registered model served by decision at that moment, at most one per model.

        A deployment starts at the very moment at which the one before it ends, so the one that
        began then counts. Of several that fit, as clocks may have it, the generation decides.
        """
        fitting = Q(deployed_at__lte=moment) & (Q(ended_at__isnull=True) | Q(ended_at__gt=moment))
        later = self.model._default_manager.filter(
            fitting, model=OuterRef("model"), generation__gt=OuterRef("generation")
        )
        return self.filter(fitting).exclude(Exists(later)).order_by("model__name")


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

    def with_open_deployment(self) -> ModelVersionQuerySet:
        """Prefetch ``open_deployments``: a list with the deployment in force, if there is one."""
        from modelhub.registry.models import Deployment

        in_force = Deployment.objects.open().select_related("previous__model", "fallback_from")
        return self.prefetch_related(Prefetch("deployments", in_force, to_attr="open_deployments"))
