"""Every kind of training source by its name, and how a request's source is found."""

from collections.abc import Callable, Mapping
from pathlib import Path

from django.db.models import QuerySet

from modelhub.artifacts import paths
from modelhub.errors import Code, NotFound, Unavailable
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource
from modelhub.transfers.sources.base import Source
from modelhub.transfers.sources.directory import DirectorySource

_KINDS: Mapping[str, Callable[[str], Source]] = {SourceKind.DIRECTORY: DirectorySource}


def open_source(source: TrainingSource) -> Source:
    """The way to reach a training source's packages; nothing is read yet."""
    return _KINDS[source.kind](source.location)


def named(name: str) -> TrainingSource:
    """The enabled training source of that name; raises NotFound (``not_found``)."""
    source = _enabled().filter(name=name.replace("\x00", "�")).first()
    if source is None:
        known = ", ".join(_enabled().values_list("name", flat=True)) or "none"
        raise NotFound(
            Code.NOT_FOUND, f"There is no enabled training source {name[:80]!r}. Enabled: {known}."
        )
    return source


def holding(path: str) -> TrainingSource:
    """The first enabled source by name that holds ``path``, or simply the first when none does.

    Raises Unavailable (``source_unavailable``) when no source is enabled, PathRefused
    (``path_invalid``) when the path could not be one of any source.
    """
    sources = list(_enabled())
    if not sources:
        paths.resolve(path, Path("/"))
        raise Unavailable(
            Code.SOURCE_UNAVAILABLE,
            "No training source is set up; add one in the admin, or upload a package.",
        )
    return next((source for source in sources if open_source(source).holds(path)), sources[0])


def _enabled() -> QuerySet[TrainingSource]:
    return TrainingSource.objects.filter(is_enabled=True).select_related("model").order_by("name")
