"""What a training source is to the rest: a place that can be listed and staged from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import ListedPackage
from modelhub.artifacts.types import StagedPackage


class Source(Protocol):
    """One kind of training source; a new kind is one file here and one line in the catalog.

    ``stage`` copies the package at ``path`` into the folder ``into``, hashed, nothing opened as a
    pickle. It raises PathRefused, PackageRefused, StorageFull or Unavailable
    (``source_unavailable``) and then leaves nothing behind. ``listing`` answers what lies there; a
    bad package is an entry with its problem and never hides another, only a source that cannot be
    reached raises (Unavailable). ``holds`` is True where something lies at ``path``.
    """

    def stage(self, path: str, into: Path, *, limits: Limits) -> StagedPackage: ...

    def listing(self, *, limits: Limits) -> Sequence[ListedPackage]: ...

    def holds(self, path: str) -> bool: ...
