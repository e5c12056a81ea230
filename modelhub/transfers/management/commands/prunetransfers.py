"""``prunetransfers --days N``."""

from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import HubCommand
from modelhub.transfers import cleanup, presentation


class Command(HubCommand):
    """Deletes old import attempts from the history; versions and waiting imports stay."""

    help = "Delete import attempts that ended more than --days days ago; versions stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """How much history stays."""
        parser.add_argument("--days", type=int, required=True, help="days of history to keep, 0 for none")
        parser.add_argument("--confirm", action="store_true", help="needed for --days 0")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete in batches, or count, and say how many rows that is."""
        days, dry_run = options["days"], options["dry_run"]
        expected = cleanup.older(days).count() if 0 <= days <= cleanup.MOST_DAYS else 0
        with self.progress("Deleting", expected, unit="rows") as bar:
            cleared = cleanup.clear(
                days, self.actor, confirm=options["confirm"], dry_run=dry_run, on_rows=bar.advance
            )
        data = presentation.cleared(cleared, days) | {"dry_run": dry_run}
        if dry_run:
            data["status"] = "dry_run"
            would = f"{cleared.deleted} attempts older than {days} days would be deleted"
            data["message"] = f"{would}, {cleared.kept} would stay."
        self.emit(data, data["message"])
