"""What a model serves by decision and what it serves now: read, and changed under the lock of its row."""

from datetime import datetime

from django.utils import timezone

from modelhub.errors import Code, Conflict
from modelhub.registry.models import Alias, Deployment, ModelVersion, RegisteredModel

CHAMPION, PREVIOUS = "champion", "previous"


def deployed_version(model: RegisteredModel) -> ModelVersion | None:
    """The version in force by decision, or None."""
    deployment = Deployment.objects.open().filter(model=model).select_related("version__model").first()
    return deployment.version if deployment else None


def described(model: RegisteredModel) -> dict[str, str | None]:
    """References of both, as the history keeps them."""
    deployed = deployed_version(model)
    return {
        "deployed": deployed.reference if deployed else None,
        "current": model.current_version.reference if model.current_version else None,
    }


def is_current(version: ModelVersion) -> bool:
    """True while it answers requests, by decision or for a trial."""
    return RegisteredModel.objects.filter(pk=version.model_id, current_version=version).exists()


def is_in_force(version: ModelVersion) -> bool:
    """True where deploying would change nothing, so nothing is asked of it."""
    decided = version.deployments.open().filter(fallback_from__isnull=True)
    return decided.filter(model__current_version=version).exists()


def is_decided(deployment: Deployment) -> bool:
    """False for what the hub deployed by itself: somebody who deploys the same version decides for it."""
    return deployment.fallback_from_id is None


def generation(version: ModelVersion) -> int:
    """Of its model: grows with every change of what serves."""
    return RegisteredModel.objects.values_list("generation", flat=True).get(pk=version.model_id)


def locked(version: ModelVersion) -> RegisteredModel:
    """The model's row, locked until commit (on SQLite the transaction itself is the lock).

    Not its key: PostgreSQL looks that up at the commit of whoever wrote a row that refers to the model, and
    who waits there for us may hold the end of the audit trail that we wait for.
    """
    return RegisteredModel.objects.select_for_update(no_key=True).get(pk=version.model_id)


def locked_unchanged(version: ModelVersion, seen_generation: int) -> RegisteredModel:
    """The locked row, if it still is as it was when the gates were passed; else Conflict."""
    model = locked(version)
    if model.generation != seen_generation:
        raise Conflict(
            Code.DEPLOYMENT_CONFLICT,
            f"What {model.name} serves changed while this was being prepared. Look at it and try again.",
        )
    if not ModelVersion.objects.filter(pk=version.pk, is_active=True).exists():
        raise Conflict(Code.VERSION_NOT_DEPLOYABLE, f"{version} was deactivated or deleted meanwhile.")
    return model


def turn(open_now: Deployment | None) -> datetime:
    """One moment for the end of the old deployment and the start of the new one: no gap, no overlap.

    Never before the old one's start, also when the clock was set back meanwhile.
    """
    return max(timezone.now(), open_now.deployed_at) if open_now else timezone.now()


def close(deployment: Deployment | None, moment: datetime) -> ModelVersion | None:
    """The version whose deployment ends, or None."""
    if deployment is None:
        return None
    deployment.ended_at = moment
    deployment.save(update_fields=["ended_at"])
    return deployment.version


def make_current(model: RegisteredModel, version: ModelVersion) -> None:
    """Every serving process sees the grown generation and loads the version."""
    model.current_version = version
    model.generation += 1
    model.save(update_fields=["current_version", "generation"])


def move_aliases(model: RegisteredModel, version: ModelVersion, previous: ModelVersion | None) -> None:
    """``champion`` names what is deployed, ``previous`` what was before it."""
    Alias.objects.update_or_create(model=model, name=CHAMPION, defaults={"version": version})
    if previous and previous.pk != version.pk:
        Alias.objects.update_or_create(model=model, name=PREVIOUS, defaults={"version": previous})
