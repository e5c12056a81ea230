"""A training source that is an MLflow registry: scikit-learn detectors among its model versions."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import ListedPackage
from modelhub.artifacts.types import Note, StagedPackage
from modelhub.errors import PathRefused
from modelhub.transfers.sources.base import Access
from modelhub.transfers.sources.mlflow import lineage, package
from modelhub.transfers.sources.mlflow.registry import READY, Registry, RegistryVersion
from modelhub.transfers.sources.site import LIST_S, LOOK_S, Site


class MlflowSource:
    """The versions of every registered model; a path is ``MODEL/VERSION``.

    Characters that cannot stand in a path are ``-`` in MODEL. The registry tells no content, so a
    version is known by name, number and time of creation until it was fetched.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def listing(self, *, limits: Limits) -> Sequence[ListedPackage]:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        registry = self._registry(LIST_S)
        aliases = registry.aliases()
        return [
            _listed(version, aliases.get((version.name, version.number), ()))
            for version in registry.versions()
        ]

    def lineage(self, path: str) -> Mapping[str, Any]:
        """See :class:`modelhub.transfers.sources.base.Source`: run, parameters, metrics, tags, aliases."""
        registry = self._registry(LIST_S)
        version = registry.at(path)
        return lineage.of(version, registry.run(version.run_id), registry.aliases_of(version))

    def stage(self, path: str, into: Path, *, limits: Limits) -> StagedPackage:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        registry = self._registry()
        return package.stage(registry, registry.ready(path), into, limits=limits)

    def holds(self, path: str) -> bool:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        try:
            self._registry(LOOK_S).at(path)
        except PathRefused:
            return False
        return True

    def count(self) -> int:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        return len(self._registry(LOOK_S).versions())

    def _registry(self, seconds: float = math.inf) -> Registry:
        return Registry(Site(self._access.location, credential=self._access.credential, seconds=seconds))


def _listed(version: RegistryVersion, aliases: tuple[str, ...]) -> ListedPackage:
    problem = None
    if version.status != READY:
        problem = Note("model_not_ready", f"MLflow calls this version {version.status}, not {READY}.")
    return ListedPackage(
        segments=version.segments,
        label=version.label,
        modified_at=version.updated_at or datetime.fromtimestamp(0, tz=UTC),
        created_at=version.created_at,
        identity=version.identity,
        aliases=aliases,
        problem=problem,
    )
