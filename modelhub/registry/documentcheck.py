"""A registry document against the registry: what is equal, what differs and where, what is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from modelhub.registry import document, storecheck
from modelhub.registry.documentparts import Document, Entry, Shape
from modelhub.registry.models import ModelVersion

# What an import makes anew on every hub, and where a package lay.
_OWN = frozenset({"imported_at", "sources", "notes"})
_REGISTERING = timedelta(minutes=1)  # a service writes its entry some moments after the package


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one entry stands to the registry.

    ``version`` is the one it means, None where there is none of that label in ``model``. ``differs`` names
    the facts that are not the same; ``damage`` is what is wrong with the version's files in the store.
    """

    entry: Entry
    model: str
    version: ModelVersion | None = None
    differs: tuple[str, ...] = ()
    damage: str = ""


def compare(found: Document, *, model_name: str) -> list[Comparison]:
    """Every entry beside the version it means; ``model_name`` is where entries that name no model belong."""
    return [_compare(entry, entry.model or model_name, found.shape) for entry in found.entries]


def only_here(found: Document) -> list[ModelVersion]:
    """Versions of the document's models that it does not mention; none for a training service's document."""
    if found.shape is not Shape.HUB:
        return []
    mentioned = {(entry.model, entry.label) for entry in found.entries}
    models = {entry.model for entry in found.entries}
    versions = ModelVersion.objects.get_queryset().select_related("model").filter(model__name__in=models)
    return [
        version
        for version in versions.order_by("model__name", "label")
        if (version.model.name, version.label) not in mentioned
    ]


def _compare(entry: Entry, model: str, shape: Shape) -> Comparison:
    if entry.problem:
        return Comparison(entry, model)
    versions = ModelVersion.objects.get_queryset().select_related("model").filter(model__name=model)
    version = versions.filter(label=entry.label).first()
    if version is None:
        return Comparison(entry, model)
    differing = _hub_differences if shape is Shape.HUB else _service_differences
    return Comparison(entry, model, version, tuple(differing(entry, version)), storecheck.fault(version))


def _hub_differences(entry: Entry, version: ModelVersion) -> list[str]:
    here = document.described(version)
    return sorted(name for name in here.keys() - _OWN if entry.says.get(name) != here[name])


def _service_differences(entry: Entry, version: ModelVersion) -> list[str]:
    found = []
    said = _moment(entry.says.get("created_at"))
    if said is not None and version.trained_at is not None and abs(said - version.trained_at) > _REGISTERING:
        found.append("created_at")
    metrics: Mapping[str, Any] = entry.says.get("metrics", {})
    common = metrics.keys() & version.metrics.keys()
    return found + sorted(f"metrics/{name}" for name in common if metrics[name] != version.metrics[name])


def _moment(text: Any) -> datetime | None:
    """A declared time as the registry keeps it: UTC where it names no zone; None for what is no time."""
    try:
        moment = datetime.fromisoformat(str(text))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
