"""What a version is needed for right now: why it may not be deleted."""

from collections.abc import Mapping, Sequence

from modelhub import conf
from modelhub.registry.models import Alias, Deployment, ModelVersion, RegisteredModel


def of(version: ModelVersion) -> list[str]:
    """Every use of the version in words ("it is deployed"), most important first; empty when it is free."""
    return by_version([version.pk]).get(version.pk, [])


def by_version(version_ids: Sequence[int]) -> dict[int, list[str]]:
    """The uses of many versions, in a constant number of queries; free ones have no entry."""
    found: dict[int, list[str]] = {}

    def add(version_id: int, use: str) -> None:
        found.setdefault(version_id, []).append(use)

    for pk in Deployment.objects.open().filter(version__in=version_ids).values_list("version_id", flat=True):
        add(pk, "it is deployed")
    current = RegisteredModel.objects.filter(current_version__in=version_ids)
    for pk in current.values_list("current_version_id", flat=True):
        if pk is not None and "it is deployed" not in found.get(pk, []):
            add(pk, "it is loaded")
    named = Alias.objects.filter(version__in=version_ids).order_by("name")
    for pk, name in named.values_list("version_id", "name"):
        add(pk, f"the alias @{name} points to it")
    for use_of in conf.hooks("VERSION_USES"):
        elsewhere: Mapping[int, list[str]] = use_of(version_ids)
        for pk, uses in elsewhere.items():
            found.setdefault(pk, []).extend(uses)
    return found
