"""Every kind of training source by its name, and how a request's source is found."""

from collections.abc import Callable, Mapping
from pathlib import Path

from django.db.models import QuerySet

from modelhub.artifacts import paths
from modelhub.errors import Code, NotFound, SystemFault, Unavailable
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource
from modelhub.transfers.sources.base import Access, Source
from modelhub.transfers.sources.directory import DirectorySource
from modelhub.transfers.sources.mlflow.source import MlflowSource
from modelhub.transfers.sources.service import ServiceSource

KINDS: Mapping[str, Callable[[Access], Source]] = {
    SourceKind.DIRECTORY: DirectorySource,
    SourceKind.SERVICE: ServiceSource,
    SourceKind.MLFLOW: MlflowSource,
}


def open_source(source: TrainingSource) -> Source:
    """The way to reach a training source's packages; nothing is read or called yet."""
    access = Access(source.location, source.credential_variable, source.may_deploy)
    return KINDS[source.kind](access)


def named(name: str) -> TrainingSource:
    """The enabled training source of that name; raises NotFound (``not_found``)."""
    source = enabled().filter(name=name.replace("\x00", "�")).first()
    if source is None:
        known = ", ".join(enabled().values_list("name", flat=True)) or "none"
        raise NotFound(
            Code.NOT_FOUND, f"There is no enabled training source {name[:80]!r}. Enabled: {known}."
        )
    return source


def holding(path: str) -> TrainingSource:
    """The first enabled source that holds ``path``, directories before those that must be called.

    Where none holds it, the first that could not tell, so that its fault is what the caller hears;
    else simply the first. Raises Unavailable (``source_unavailable``) when no source is enabled,
    PathRefused (``path_invalid``) when the path could not be one of any source.
    """
    sources = sorted(enabled(), key=lambda source: source.kind != SourceKind.DIRECTORY)
    if not sources:
        paths.resolve(path, Path("/"))
        raise Unavailable(
            Code.SOURCE_UNAVAILABLE,
            "No training source is set up; add one in the admin, or upload a package.",
        )
    silent = []
    for source in sources:
        try:
            if open_source(source).holds(path):
                return source
        except SystemFault:
            silent.append(source)
    return (silent or sources)[0]


def enabled() -> QuerySet[TrainingSource]:
    """The sources that take part in scans and imports, by name, each with its registered model."""
    return TrainingSource.objects.filter(is_enabled=True).select_related("model").order_by("name")
