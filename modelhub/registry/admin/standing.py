"""What a version is at present, in badges, and which operations a person may start on it."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from modelhub.console.pages import Button
from modelhub.registry.models import ModelVersion


def standing(version: ModelVersion) -> list[tuple[str, str]]:
    """(word, tone) badges: deployed, loaded, active or inactive; aliases follow as ``@name``."""
    if version.deleted_at is not None:
        return [("deleted", "mute")]
    deployed, current = is_deployed(version), is_current(version)
    found = [("deployed", "good")] if deployed else []
    if current and not deployed:
        found.append(("loaded for a trial", "info"))
    if deployed and not current:
        found.append(("not loaded", "warn"))
    if version.corrupt_at is not None:
        found.append(("damaged", "bad"))
    if not version.is_active:
        found.append(("inactive", "mute"))
    elif not found:
        found.append(("active", "plain"))
    return found


def is_deployed(version: ModelVersion) -> bool:
    """True while the version's deployment is the open one; reads the annotation where there is one."""
    known = getattr(version, "is_deployed", None)
    return version.deployments.open().exists() if known is None else bool(known)


def is_current(version: ModelVersion) -> bool:
    """True while the version is what serves right now."""
    return version.model.current_version_id == version.pk


def buttons(version: ModelVersion, user: Any) -> list[Button]:
    """The operations that make sense on the version now and that ``user`` may perform."""
    return [button for permission, button in _candidates(version) if user.has_perm(permission)]


def _candidates(version: ModelVersion) -> Iterable[tuple[str, Button]]:
    if version.deleted_at is not None:
        return
    deployed, current = is_deployed(version), is_current(version)
    if version.is_active and not (deployed and current):
        add = f"{reverse('admin:registry_deployment_add')}?version={version.pk}"
        yield (
            "registry.add_deployment",
            Button("Deploy", add, "rocket_launch", primary=version.corrupt_at is None),
        )
        if not deployed and version.deployments.exists():
            yield (
                "registry.rollback_deployment",
                Button("Roll back to this", _page(version, "rollback"), "undo"),
            )
    if version.is_active and not current:
        yield "registry.load_modelversion", Button("Load for a trial", _page(version, "load"), "science")
    if not version.is_active:
        yield "registry.toggle_modelversion", Button("Activate", _page(version, "activate"), "toggle_on")
    elif not (deployed or current):
        yield "registry.toggle_modelversion", Button("Deactivate", _page(version, "deactivate"), "toggle_off")
    validate = f"{reverse('admin:inference_validationreport_add')}?version={version.pk}"
    yield "inference.validate_version", Button("Validate", validate, "fact_check")
    drift = f"{reverse('admin:monitoring_driftcheck_add')}?version={version.pk}"
    yield "monitoring.check_drift", Button("Check drift", drift, "query_stats")
    aliases = reverse("admin:registry_modelversion_aliases", args=[version.pk])
    yield "registry.add_deployment", Button("Aliases", aliases, "alternate_email")
    if not (deployed or current):
        yield "registry.delete_modelversion", Button("Delete", _page(version, "delete"), "delete")


def _page(version: ModelVersion, operation: str) -> str:
    return reverse("admin:registry_modelversion_operation", args=[version.pk, operation])
