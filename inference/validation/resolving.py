"""What a caller names: a version by its reference, or a package folder or zip on this machine."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.runtimes import catalog as runtimes
from inference.serving.opening import open_version
from inference.validation import document, gathering, verdict
from inference.validation.report import Report
from inference.validation.rows import reference_matrix
from inference.validation.subject import Matrix
from modelhub import conf
from modelhub.artifacts import intake, prepare
from modelhub.artifacts.types import PreparedPackage
from modelhub.errors import Code, ModelhubError, NotFound, PackageRefused, PathRefused
from modelhub.registry import references
from modelhub.registry.models import ModelVersion
from modelhub.transfers import costs


@dataclass(frozen=True, slots=True)
class Inspected:
    """A package that was looked at without registering it; ``prepared`` is None where it was refused."""

    path: str
    report: Report
    prepared: PreparedPackage | None = None

    def document(self) -> dict[str, Any]:
        """ModelValidationReport of the package."""
        return document.of_package(self.path, self.report, self.prepared)


def version_named(reference: str) -> ModelVersion | None:
    """The version, or None where the text names a folder or file that exists instead.

    Raises NotFound or Conflict for what is neither.
    """
    if os.sep in reference or reference.startswith("."):
        if os.path.lexists(reference):
            return None
        raise NotFound(Code.PACKAGE_NOT_FOUND, f"There is no package {reference[:200]}. Check the path.")
    try:
        return references.find(reference)
    except NotFound:
        if os.path.lexists(reference):
            return None
        raise


def inspect(path: str, *, rows: Any = None) -> Inspected:
    """The package as an import would take it; nothing is registered or kept.

    A package that an import would refuse is a report with that reason. ``rows`` are reference rows, lists
    or objects. Raises NotFound (``package_not_found``), InputInvalid for malformed rows, Unavailable where
    this machine cannot inspect packages now.
    """
    try:
        with opened(path) as prepared:
            subject = gathering.of_package(prepared, rows=rows_for_package(prepared, rows))
            return Inspected(path, verdict.examine(subject), prepared)
    except (PackageRefused, PathRefused) as error:
        return Inspected(path, verdict.refused(error))


@contextmanager
def opened(path: str) -> Iterator[PreparedPackage]:
    """The package behind staging and quarantine, its files there until the block ends.

    Raises PackageRefused and PathRefused with the reason of an import, NotFound, Unavailable.
    """
    whole = Path(path).absolute()
    with costs.slot(), tempfile.TemporaryDirectory(prefix="modelhub-inspect-") as folder:
        staged = intake.stage(
            whole.parent, (whole.name,), Path(folder) / "package", limits=costs.package_limits()
        )
        yield prepare.prepare(
            prepare.inspect(staged, require_manifest=conf.flag("REQUIRE_MANIFEST"), on_step=_silent),
            limits=costs.quarantine_limits(),
            scorer=conf.hook_path("SAFE_FORM_SCORER"),
            on_step=_silent,
        )


def rows_for_version(version: ModelVersion, value: Any) -> Matrix | None:
    """Reference rows in the version's columns; raises InputInvalid."""
    try:
        scale = open_version(version).runtime.spread
    except ModelhubError:
        scale = None  # the report says why it cannot be opened
    return reference_matrix(value, version.feature_names, scale=scale)


def rows_for_package(prepared: PreparedPackage, value: Any) -> Matrix | None:
    """The same for a package that is not registered."""
    scale = runtimes.open_runtime(dict(prepared.blobs)).spread
    return reference_matrix(value, prepared.metadata.feature_names, scale=scale)


def _silent(step: str) -> None:
    """Nobody watches the steps of an inspection."""
