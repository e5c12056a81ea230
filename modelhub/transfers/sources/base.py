"""What a training source is to the rest: a place that can be checked, listed and staged from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import ListedPackage
from modelhub.artifacts.types import StagedPackage


@dataclass(frozen=True, slots=True)
class Access:
    """What can be opened of a source's row: ``location`` a folder or address, ``credential`` the name of
    an environment variable, ``may_deploy`` whether a service may be asked to build a package."""

    location: str
    credential: str = ""
    may_deploy: bool = False


class Source(Protocol):
    """One kind of training source; a new kind is one file here and one line in the catalog.

    A path is what a listing shows (its segments joined by ``/``); no other can be imported.
    Common faults: PathRefused (``path_invalid``, ``package_not_found``), Unavailable
    (``source_unavailable``) for a source that does not answer in time, SystemFault
    (``source_invalid``) for one whose answers cannot be used, InputInvalid (``address_refused``).
    """

    def listing(self, *, limits: Limits) -> Sequence[ListedPackage]:
        """What lies there; a bad package is an entry with its problem and never hides another.

        A package either has a ``digest``, or an ``identity`` where the source does not tell its content.
        Raises only for a source that cannot be read as a whole.
        """

    def lineage(self, path: str) -> Mapping[str, Any]:
        """What the source knows of the package's origin: plain values, with ``identity`` as in the
        listing; empty where a folder says it all. Raises the common faults."""

    def stage(self, path: str, into: Path, *, limits: Limits) -> StagedPackage:
        """The package at ``path`` is in the folder ``into``, hashed, nothing opened as a pickle.

        Raises the common faults, PackageRefused, StorageFull, and then leaves nothing behind.
        """

    def holds(self, path: str) -> bool:
        """True where something lies at ``path``. Raises SystemFault where the source cannot tell now."""

    def count(self) -> int:
        """How many packages lie there, as cheaply as that can be told. Raises the common faults."""
