"""What a version must pass before it may serve.

The gates of :data:`GATES` protect serving itself and can never be passed by. The quality gate judges the
model; it may be forced, and a rollback does not ask it: the way back to what served before must stay
open, also after the rules of validation have become stricter.
"""

from collections.abc import Callable

from modelhub import conf
from modelhub.actors import Actor
from modelhub.errors import Code, Conflict, FieldError, GateFailed, ModelhubError
from modelhub.registry import scrub, storecheck
from modelhub.registry.models import ModelVersion

Gate = Callable[[ModelVersion], str]


def pass_all(version: ModelVersion, actor: Actor, *, quality: bool = True) -> None:
    """Return when every gate is passed; else raise GateFailed (``validation_failed``) naming each one.

    With ``quality`` the validation report is asked too, last; where there is none it is made and kept
    under the name of ``actor``. Raises Conflict (``version_not_deployable``) for a version that somebody
    deleted meanwhile: what its gates missed is only gone.
    """
    failed = tuple(
        FieldError("", problem, name) for name, gate in GATES.items() if (problem := gate(version))
    )
    if not failed and quality:
        failed = quality_problems(version, actor)
    if failed:
        _refuse_if_deleted(version)
        said = " ".join(error.detail for error in failed)
        raise GateFailed(Code.VALIDATION_FAILED, f"{version} cannot serve: {said}", errors=failed)


def _refuse_if_deleted(version: ModelVersion) -> None:
    if not ModelVersion.objects.filter(pk=version.pk).exists():
        raise Conflict(Code.VERSION_NOT_DEPLOYABLE, f"{version} was deleted meanwhile.")


def quality_problems(version: ModelVersion, actor: Actor | None = None) -> tuple[FieldError, ...]:
    """What the validation report says against serving the version; nothing is kept without ``actor``."""
    found: tuple[FieldError, ...] = conf.hook("QUALITY_GATE")(version, actor)
    return found


def active(version: ModelVersion) -> str:
    """The version was not taken out of use."""
    return "" if version.is_active else "It is deactivated; activate it first."


def intact(version: ModelVersion) -> str:
    """Every stored blob still has the content its name promises."""
    fault = storecheck.fault(version)
    if bool(fault) != (version.corrupt_at is not None):
        scrub.settle(version, fault)
    return f"{fault} Import the package again to repair it." if fault else ""


def features_known(version: ModelVersion) -> str:
    """The columns the version expects are known by name and number."""
    if len(version.feature_names) == version.n_features > 0:
        return ""
    return "Its feature names are not known, so nothing can be checked against them."


def usable(version: ModelVersion) -> str:
    """The safe form loads here and scores new rows with finite numbers."""
    try:
        conf.hook("DEPLOY_PREFLIGHT")(version)
    except ModelhubError as error:
        return error.detail
    return ""


GATES: dict[str, Gate] = {
    "active": active,
    "intact": intact,
    "features_known": features_known,
    "usable": usable,
}
