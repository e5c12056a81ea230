"""A training source that is a directory: the models folder of a training service, on this machine."""

from collections.abc import Sequence
from pathlib import Path

from modelhub import conf
from modelhub.artifacts import intake, opening, paths
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import ListedPackage, list_packages
from modelhub.artifacts.types import StagedPackage
from modelhub.errors import ModelhubError


class DirectorySource:
    """Packages below one folder; a path is relative to it, or absolute and inside it."""

    def __init__(self, location: str) -> None:
        self._root = Path(location)

    def stage(self, path: str, into: Path, *, limits: Limits) -> StagedPackage:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        return intake.stage(self._root, paths.resolve(path, self._root), into, limits=limits)

    def listing(self, *, limits: Limits) -> Sequence[ListedPackage]:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        found = list_packages(self._root, limits=limits, require_manifest=conf.flag("REQUIRE_MANIFEST"))
        return list(found)

    def holds(self, path: str) -> bool:
        """True where a plain file or folder lies at ``path``; a source that is away holds nothing."""
        try:
            segments = paths.resolve(path, self._root)
            with opening.open_root(self._root) as root, opening.open_below(root, segments):
                return True
        except ModelhubError:
            return False
