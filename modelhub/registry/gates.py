"""What a version must pass before it may serve."""

from collections.abc import Callable

from modelhub import conf
from modelhub.errors import Code, FieldError, GateFailed, ModelhubError
from modelhub.registry import storecheck
from modelhub.registry.models import ModelVersion

Gate = Callable[[ModelVersion], str]


def pass_all(version: ModelVersion) -> None:
    """Return when every gate is passed; else raise GateFailed (``validation_failed``) naming each one."""
    failed = [FieldError("", problem, name) for name, gate in GATES.items() if (problem := gate(version))]
    if failed:
        said = " ".join(error.detail for error in failed)
        raise GateFailed(Code.VALIDATION_FAILED, f"{version} cannot serve: {said}", errors=tuple(failed))


def active(version: ModelVersion) -> str:
    """The version was not taken out of use."""
    return "" if version.is_active else "It is deactivated; activate it first."


def intact(version: ModelVersion) -> str:
    """Every stored blob still has the content its name promises."""
    fault = storecheck.fault(version)
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
