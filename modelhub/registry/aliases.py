"""Aliases that people set: movable names such as ``challenger`` or ``shadow``."""

from dataclasses import dataclass

from django.db import transaction

from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.errors import Code, InputInvalid, NotFound
from modelhub.registry import history
from modelhub.registry.choices import Operation
from modelhub.registry.models import Alias, ModelVersion, RegisteredModel, name_grammar
from modelhub.registry.standing import CHAMPION, PREVIOUS

MOST_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Renaming:
    """What became of an alias: ``moved_from`` is the version that had it before, if another one had it."""

    version: ModelVersion
    name: str
    changed: bool
    moved_from: ModelVersion | None = None


def set_alias(version: ModelVersion, name: str, actor: Actor, *, reason: str = "") -> Renaming:
    """``MODEL@name`` means the version, and no other one any more.

    Raises InputInvalid (``param_invalid``) for a name that is none or that follows deployments,
    NotFound (``version_not_found``) when the version was deleted meanwhile.
    """
    with trail.faults_recorded("alias.set", f"{version.model.name}@{name}", actor, reason=reason):
        _check(name)
        return _set(version, name, actor, reason)


def remove_alias(version: ModelVersion, name: str, actor: Actor, *, reason: str = "") -> Renaming:
    """``MODEL@name`` means nothing any more.

    Raises InputInvalid as :func:`set_alias`, NotFound (``version_not_found``) when the version does not
    have that alias.
    """
    with trail.faults_recorded("alias.remove", f"{version.model.name}@{name}", actor, reason=reason):
        _check(name)
        return _remove(version, name, actor, reason)


def _set(version: ModelVersion, name: str, actor: Actor, reason: str) -> Renaming:
    with transaction.atomic():
        # The same lock as deleting takes: an alias never comes to point to a deleted version.
        model = RegisteredModel.objects.select_for_update(no_key=True).get(pk=version.model_id)
        if not ModelVersion.objects.filter(pk=version.pk).exists():
            raise NotFound(Code.VERSION_NOT_FOUND, f"{version} was deleted meanwhile.")
        held = Alias.objects.filter(model=model, name=name).select_related("version__model").first()
        if held is not None and held.version_id == version.pk:
            return Renaming(version, name, False)
        before = held.version if held else None
        Alias.objects.update_or_create(model=model, name=name, defaults={"version": version})
        history.write(
            model,
            version,
            Operation.ALIAS,
            actor,
            action="alias.set",
            reason=reason,
            before={"alias": name, "version": before.reference if before else None},
            after={"alias": name, "version": version.reference},
        )
    return Renaming(version, name, True, before)


def _remove(version: ModelVersion, name: str, actor: Actor, reason: str) -> Renaming:
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update(no_key=True).get(pk=version.model_id)
        held = Alias.objects.filter(model=model, name=name, version=version).first()
        if held is None:
            raise NotFound(Code.VERSION_NOT_FOUND, f"{version} has no alias {name!r}.")
        held.delete()
        history.write(
            model,
            version,
            Operation.UNALIAS,
            actor,
            action="alias.remove",
            reason=reason,
            before={"alias": name, "version": version.reference},
            after={"alias": name, "version": None},
        )
    return Renaming(version, name, True)


def _check(name: str) -> None:
    if not name_grammar.regex.fullmatch(name) or len(name) > MOST_CHARACTERS:  # type: ignore[union-attr]
        raise InputInvalid(
            Code.PARAM_INVALID,
            f"{name[:80]!r} is not a name for an alias: letters, digits and . _ - + only, starting with a "
            f"letter or digit, at most {MOST_CHARACTERS} characters.",
        )
    if name in (CHAMPION, PREVIOUS):
        raise InputInvalid(
            Code.PARAM_INVALID, f"@{name} follows deployments. Deploy or roll back to move it."
        )
