"""A training source that is a directory: the models folder of a training service, on this machine."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelhub import conf
from modelhub.artifacts import intake, opening, paths
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import ListedPackage, count_packages, list_packages
from modelhub.artifacts.types import StagedPackage
from modelhub.errors import ModelhubError
from modelhub.transfers.sources.base import Access


class DirectorySource:
    """Packages below one folder; a path is relative to it, or absolute and inside it."""

    def __init__(self, access: Access) -> None:
        self._root = Path(access.location)

    def listing(self, *, limits: Limits) -> Sequence[ListedPackage]:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        found = list_packages(self._root, limits=limits, require_manifest=conf.flag("REQUIRE_MANIFEST"))
        return list(found)

    def lineage(self, path: str) -> Mapping[str, Any]:
        """Nothing: the package's own files say it all."""
        return {}

    def stage(self, path: str, into: Path, *, limits: Limits) -> StagedPackage:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        return intake.stage(self._root, paths.resolve(path, self._root), into, limits=limits)

    def holds(self, path: str) -> bool:
        """True where a plain file or folder lies at ``path``; a folder that is away holds nothing."""
        try:
            segments = paths.resolve(path, self._root)
            with opening.open_root(self._root) as root, opening.open_below(root, segments):
                return True
        except ModelhubError:
            return False

    def count(self) -> int:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        return count_packages(self._root)
