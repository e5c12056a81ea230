"""What ``/metrics`` says of serving: what this process holds, by what it scores, why the hub fell back."""

from datetime import timedelta

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from inference import watching
from inference.models import ServingFault
from inference.runtimes import forest
from inference.serving import loading
from modelhub import conf

_WITHIN = timedelta(seconds=10)  # the fault is written down with the step that it leads to, before or after


def serving() -> list[tuple[str, int, bool, bool]]:
    """Model, generation, if it is answered for, if degraded: for every model here. Hook ``SERVING_TOLD``.

    Degraded is a model for which another version answers than the one that should serve, or none, and every
    model of a process that does not see deployments.
    """
    substitutes, is_blind = loading.substitutes(), bool(watching.trouble())
    return [
        (
            held.model_name,
            held.slot.generation if held.slot else held.generation,
            held.slot is not None or held.model_name in substitutes,
            bool(held.problem) or held.slot is None or held.model_name in substitutes or is_blind,
        )
        for held in loading.held()
        if held.wanted is not None
    ]


def engine() -> str:
    """What runs isolation forests in this process, and what that was made by. Hook ``ENGINE``."""
    return forest.engine_name(conf.text("FOREST_ENGINE"))


def fallback_reason() -> Coalesce:
    """Of a deployment that the hub made by itself: the kind of the fault that led to it, else ``unknown``.

    An expression over deployments. Hook ``FALLBACK_REASON``.
    """
    faults = ServingFault.objects.filter(
        version=OuterRef("fallback_from"), happened_at__lte=OuterRef("deployed_at") + _WITHIN
    )
    newest = faults.order_by("-happened_at").values("kind")[:1]
    return Coalesce(Subquery(newest), Value("unknown"), output_field=CharField())
