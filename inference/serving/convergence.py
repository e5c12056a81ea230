"""Who serves what: for each registered model the decision, and how many processes follow it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from inference.models import Replica
from inference.serving.agreement import State, state_of
from modelhub.registry import references
from modelhub.registry.models import Deployment, ModelVersion, RegisteredModel

POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Serving:
    """One registered model: what should serve, and the processes that last said what they hold.

    ``fallback_from`` failed, and the hub deployed ``deployed`` in its place by itself.
    """

    model: RegisteredModel
    deployed: ModelVersion | None
    replicas: tuple[Replica, ...] = ()
    fallback_from: ModelVersion | None = None

    @property
    def alive(self) -> int:
        """Processes that reported within the last half minute."""
        return sum(state_of(replica) is not State.STALE for replica in self.replicas)

    @property
    def agreeing(self) -> int:
        """Of those the ones that serve the current version of the newest generation."""
        return sum(self._agrees(replica) for replica in self.replicas)

    @property
    def has_converged(self) -> bool:
        """True when every live process serves what should serve, and there is one."""
        return 0 < self.alive == self.agreeing

    @property
    def words(self) -> str:
        """Such as "1 of 2 processes serve it"."""
        if not self.alive:
            return "no serving process reports at present"
        verb = "process serves" if self.alive == 1 else "processes serve"
        return f"{self.agreeing} of {self.alive} {verb} it"

    def _agrees(self, replica: Replica) -> bool:
        # The generation alone does not say it: a fallback is loaded for the wanted version's generation.
        held = (replica.version_id, replica.generation)
        wanted = (self.model.current_version_id, self.model.generation)
        return state_of(replica) is State.SERVING and held == wanted


def standing(model_name: str | None = None) -> list[Serving]:
    """Every registered model by name, or the one asked for, in three queries.

    Raises NotFound (``model_not_found``).
    """
    models: Sequence[RegisteredModel] = list(
        RegisteredModel.objects.select_related("current_version__model").order_by("name")
        if model_name is None
        else [references.find_model(model_name)]
    )
    open_now = Deployment.objects.open().filter(model__in=models)
    rows = open_now.select_related("version__model", "fallback_from__model")
    deployed = {deployment.model_id: deployment for deployment in rows}
    replicas: dict[int, list[Replica]] = {}
    for replica in Replica.objects.filter(model__in=models).select_related("version__model", "model"):
        replicas.setdefault(replica.model_id, []).append(replica)
    return [_serving(model, deployed.get(model.pk), replicas.get(model.pk, [])) for model in models]


def _serving(model: RegisteredModel, deployment: Deployment | None, replicas: list[Replica]) -> Serving:
    if deployment is None:
        return Serving(model, None, tuple(replicas))
    return Serving(model, deployment.version, tuple(replicas), deployment.fallback_from)


def awaited(model: RegisteredModel, *, seconds: float) -> str:
    """How many processes serve what should serve, in words, once all do or ``seconds`` are over.

    Hook ``SERVING_PROGRESS``. Does not wait where no process reports.
    """
    deadline_s = time.monotonic() + seconds
    while True:
        (serving,) = standing(model.name)
        if serving.has_converged or not serving.alive or time.monotonic() > deadline_s:
            return serving.words
        time.sleep(POLL_S)
