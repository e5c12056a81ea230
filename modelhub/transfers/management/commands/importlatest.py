"""``importlatest``."""

from functools import partial
from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import Bar, HubCommand
from modelhub.transfers import importing, latest, presentation
from modelhub.transfers.latest import Latest
from modelhub.transfers.sources import catalog


class Command(HubCommand):
    """Imports the newest package that the training sources hold and the hub has not; never deploys it."""

    help = "Import the newest package of the training sources that is not imported yet."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which source, and whether the quality checks run."""
        parser.add_argument("--source", help="look into this training source only")
        parser.add_argument("--no-validate", action="store_true", help="leave the quality checks out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and say what became of it; exit code 0 also where there is nothing new."""
        source = catalog.named(options["source"]) if options["source"] else None
        with self.progress("Looking into the sources", len(importing.STEPS)) as bar:
            found = latest.import_latest(
                self.actor,
                source=source,
                validate=not options["no_validate"],
                on_step=partial(_advance, bar),
            )
        if found.transfer is None:
            self.emit(presentation.up_to_date(found), _nothing_new(found))
            return
        data = presentation.imported(found.transfer)
        reference = data["version"]["reference"]
        lines = [f"{reference} is imported from {found.transfer.source}: {found.transfer.origin}."]
        lines += [f"  note {note['code']}: {note['detail']}" for note in found.transfer.notes]
        lines.append(f"It does not serve yet. Next: manage.py deploymodel {reference}")
        self.emit(data, "\n".join(lines))


def _advance(bar: Bar, step: str) -> None:
    bar.tell(step.capitalize())
    bar.advance()


def _nothing_new(found: Latest) -> str:
    lines = ["Up to date: the sources hold nothing that is new."]
    for one in presentation.up_to_date(found)["looked_at"]:
        problem = one["problem"]
        seen = f"{one['imported']} imported, {one['not_importable']} not importable"
        lines.append(f"  {one['source']}: {problem['detail'] if problem else seen}")
    return "\n".join(lines)
