"""Deploy, roll back, load, activate, deactivate: each one transaction, one history row, one audit entry.

What is slow (re-hashing blobs, loading the model once) runs before the lock is taken. The model's
generation is read first and compared under the lock, so of several operations prepared against the
same state one succeeds and the others answer ``deployment_conflict`` instead of overwriting it.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.errors import Code, Conflict, FieldError, InputInvalid, NotFound
from modelhub.registry import gates, history, standing
from modelhub.registry.choices import Operation
from modelhub.registry.models import Deployment, ModelVersion, RegisteredModel

HUB = Actor("modelhub", Channel.SERVING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation did. ``changed`` is False when the wished state already held."""

    version: ModelVersion
    changed: bool
    generation: int
    deployment: Deployment | None = None
    previous: ModelVersion | None = None


def deploy(
    version: ModelVersion, actor: Actor, *, reason: str = "", seen: int | None = None, force: bool = False
) -> Outcome:
    """The version serves by decision: deployed and current, aliases moved, generation grown.

    ``seen`` is the generation somebody decided on; without one it is the present one. Deploying
    what is deployed and current changes nothing. ``force`` passes by the quality gate, and only that one;
    it needs a reason. Raises GateFailed (``validation_failed``) naming the failed gates, Conflict
    (``deployment_conflict``), InputInvalid (``body_invalid``) for force without a reason.
    """
    with _refusal_kept(version, actor, Operation.DEPLOY, reason):
        if force and not reason.strip():
            raise _reason_needed()
        return _put_in_force(version, actor, Operation.DEPLOY, reason, seen, force=force)


def rollback(version: ModelVersion, actor: Actor, *, reason: str = "", seen: int | None = None) -> Outcome:
    """The version, deployed once before, serves again; its validation report is not asked.

    Raises Conflict (``no_rollback_target``) for a version that never was deployed.
    """
    with _refusal_kept(version, actor, Operation.ROLLBACK, reason):
        if not version.deployments.exists():
            raise Conflict(
                Code.NO_ROLLBACK_TARGET, f"{version} was never deployed, so there is nothing to roll back to."
            )
        return _put_in_force(version, actor, Operation.ROLLBACK, reason, seen)


def fall_back(failed: ModelVersion, target: ModelVersion, *, reason: str) -> Outcome | None:
    """The target serves in the place of a version that failed: a roll-back by the hub, and marked as one.

    None where nothing was to be done: another version than ``failed`` serves by now, somebody else is at
    it, or the hub took such a step for this model less than ``FALLBACK_MINUTES`` ago. Raises GateFailed
    where the target cannot serve either; the quality gate is not asked.
    """
    with _refusal_kept(target, HUB, Operation.ROLLBACK, reason):
        # Read before both questions: whatever would change their answers makes this number grow.
        seen = standing.generation(failed)
        if not standing.is_current(failed) or _stepped_lately(failed):
            return None
        try:
            return _put_in_force(target, HUB, Operation.ROLLBACK, reason, seen, instead_of=failed)
        except Conflict as conflict:
            if conflict.code is Code.DEPLOYMENT_CONFLICT:
                return None
            raise


def load(version: ModelVersion, actor: Actor, *, reason: str = "", seen: int | None = None) -> Outcome:
    """The version serves for a trial; the deployed one stays on record as the decision."""
    with _refusal_kept(version, actor, Operation.LOAD, reason):
        return _put_on_trial(version, actor, reason, seen)


def activate(version: ModelVersion, actor: Actor, *, reason: str = "") -> Outcome:
    """The version may be loaded and deployed."""
    with _refusal_kept(version, actor, Operation.ACTIVATE, reason):
        return _set_active(version, actor, True, reason)


def deactivate(version: ModelVersion, actor: Actor, *, reason: str = "") -> Outcome:
    """The version may not be loaded or deployed; Conflict (``version_in_use``) while it serves."""
    with _refusal_kept(version, actor, Operation.DEACTIVATE, reason):
        return _set_active(version, actor, False, reason)


def _put_on_trial(version: ModelVersion, actor: Actor, reason: str, seen: int | None) -> Outcome:
    seen = standing.generation(version) if seen is None else seen
    gates.pass_all(version, actor)
    with transaction.atomic():
        model = standing.locked_unchanged(version, seen)
        if model.current_version_id == version.pk:
            return Outcome(version, False, model.generation)
        before = standing.described(model)
        standing.make_current(model, version)
        _record(model, version, actor, Operation.LOAD, reason, before)
    conf.hook("ON_SERVING_CHANGED")()
    return Outcome(version, True, model.generation)


def _put_in_force(
    version: ModelVersion,
    actor: Actor,
    operation: Operation,
    reason: str,
    seen: int | None,
    *,
    force: bool = False,
    instead_of: ModelVersion | None = None,
) -> Outcome:
    seen = standing.generation(version) if seen is None else seen
    asks_quality = operation is Operation.DEPLOY and not force and not standing.is_in_force(version)
    gates.pass_all(version, actor, quality=asks_quality)
    with transaction.atomic():
        model = standing.locked_unchanged(version, seen)
        open_now = model.deployments.open().select_related("version__model").first()
        if (
            open_now
            and standing.is_decided(open_now)
            and open_now.version_id == version.pk == model.current_version_id
        ):
            return Outcome(version, False, model.generation, open_now, open_now.previous)
        before = standing.described(model)
        moment = standing.turn(open_now)
        previous = standing.close(open_now, moment)
        standing.make_current(model, version)
        deployment = Deployment.objects.create(
            model=model,
            version=version,
            previous=previous,
            operation=operation,
            fallback_from=instead_of,
            forced=force,
            reason=reason,
            actor=actor.name,
            channel=actor.channel,
            generation=model.generation,
            deployed_at=moment,
        )
        standing.move_aliases(model, version, previous)
        after: dict[str, str | bool | None] = {**standing.described(model)}
        if force:
            after["forced"] = True
        if instead_of is not None:
            after["fallback_from"] = instead_of.reference
        _record(model, version, actor, operation, reason, before, after=after)
    conf.hook("ON_SERVING_CHANGED")()
    return Outcome(version, True, model.generation, deployment, previous)


def _set_active(version: ModelVersion, actor: Actor, wished: bool, reason: str) -> Outcome:
    with transaction.atomic():
        model = standing.locked(version)
        version.refresh_from_db(fields=["is_active", "deleted_at"])
        if version.deleted_at is not None:
            raise NotFound(Code.VERSION_NOT_FOUND, f"{version} was deleted meanwhile.")
        if version.is_active == wished:
            return Outcome(version, False, model.generation)
        if not wished:
            _refuse_if_serving(model, version)
        before = {"is_active": version.is_active}
        version.is_active = wished
        version.save(update_fields=["is_active"])
        operation = Operation.ACTIVATE if wished else Operation.DEACTIVATE
        _record(model, version, actor, operation, reason, before, after={"is_active": wished})
    return Outcome(version, True, model.generation)


def _refuse_if_serving(model: RegisteredModel, version: ModelVersion) -> None:
    if model.current_version_id == version.pk or version.deployments.open().exists():
        raise Conflict(
            Code.VERSION_IN_USE, f"{version} is deployed or loaded. Deploy another version first, then retry."
        )


def _stepped_lately(version: ModelVersion) -> bool:
    """True where the hub deployed by itself a moment ago: two failures in a row need a person."""
    since = timezone.now() - timedelta(minutes=conf.number("FALLBACK_MINUTES"))
    steps = Deployment.objects.filter(model_id=version.model_id, fallback_from__isnull=False)
    return steps.filter(deployed_at__gt=since).exists()


def _reason_needed() -> InputInvalid:
    said = "Forcing a version whose validation failed needs a reason, which the history keeps."
    return InputInvalid(Code.BODY_INVALID, said, errors=(FieldError("/reason", said, "required"),))


def _record(
    model: RegisteredModel,
    version: ModelVersion,
    actor: Actor,
    operation: Operation,
    reason: str,
    before: Mapping[str, str | bool | None],
    *,
    after: Mapping[str, str | bool | None] | None = None,
) -> None:
    """The history row and the audit entry; last in the transaction, because the trail's end is held."""
    history.write(
        model,
        version,
        operation,
        actor,
        action=f"version.{operation.value}",
        reason=reason,
        before=before,
        after=after or standing.described(model),
    )


def _refusal_kept(
    version: ModelVersion, actor: Actor, operation: Operation, reason: str
) -> AbstractContextManager[None]:
    """A refused or failed operation leaves an audit entry, outside of the transaction it rolls back."""
    return trail.faults_recorded(f"version.{operation.value}", version.reference, actor, reason=reason)
