"""``scansource [NAME|PATH]``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modelhub import tables
from modelhub.commands import HubCommand
from modelhub.errors import Code, Unavailable
from modelhub.transfers import discovery, presentation
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.discovery import Candidate, Scan
from modelhub.transfers.models import TrainingSource
from modelhub.transfers.sources import catalog

_EMPTY = "No training source is set up. Add one in the admin, or name a folder: manage.py scansource PATH"


class Command(HubCommand):
    """Lists what training sources hold: new, imported, or why not importable."""

    help = "List the packages of all training sources, of one, or of a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Optional narrowing to one source or folder."""
        parser.add_argument("place", metavar="NAME|PATH", nargs="?", help="a training source or a folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a table for each source; exit code 1 where one that was asked for is away."""
        scans = self._scans(options["place"])
        data = {
            "packages": [_row(c) for scan in scans for c in scan.candidates],
            "problems": _problems(scans),
        }
        away = next((scan for scan in scans if scan.problem), None) if options["place"] else None
        if away is None or self.as_json:
            self.emit(data, "\n\n".join(map(_shown, scans)) or _EMPTY)
        if away is not None:
            raise Unavailable(Code.SOURCE_UNAVAILABLE, _shown(away))

    def _scans(self, place: str | None) -> list[Scan]:
        if place is None:
            return discovery.scan_all()
        if "/" in place or Path(place).is_dir():
            return [discovery.look(_unsaved(place))]
        return discovery.scan_all([catalog.named(place)])


def _unsaved(place: str) -> TrainingSource:
    """A source that is a folder on this machine and no row."""
    return TrainingSource(name=place, kind=SourceKind.DIRECTORY, location=str(Path(place).absolute()))


def _row(candidate: Candidate) -> dict[str, Any]:
    return presentation.package(candidate) | {"state": candidate.state.value}


def _problems(scans: list[Scan]) -> list[dict[str, str]]:
    return [
        {"source": scan.source.name, "code": scan.problem.code, "detail": scan.problem.detail}
        for scan in scans
        if scan.problem
    ]


def _shown(scan: Scan) -> str:
    if scan.problem:
        return f"{scan.source.name}: {scan.problem.detail}"
    if not scan.candidates:
        return f"{scan.source.name}: no packages in {scan.source.location}."
    headings = ("STATE", "VERSION", "TYPE", "SAMPLES", "CREATED", "PATH", "WHY NOT")
    return tables.render(headings, [_cells(candidate) for candidate in scan.candidates])


def _cells(candidate: Candidate) -> tuple[str, ...]:
    package, created = candidate.package, candidate.created_at
    problem = candidate.problem
    return (
        candidate.state.value,
        candidate.version.reference if candidate.version else package.label,
        package.declared_type or "-",
        "-" if package.training_samples is None else str(package.training_samples),
        f"{created:%Y-%m-%d %H:%M}" if created else "-",
        candidate.path,
        f"{problem.code}: {problem.detail}" if problem else "",
    )
