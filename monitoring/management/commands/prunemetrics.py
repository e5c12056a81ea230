"""``manage.py prunemetrics``: delete metrics by age."""

from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import HubCommand
from monitoring import performance, retention


class Command(HubCommand):
    """Delete inference metrics that are about a time longer ago."""

    help = "Delete inference metrics that are about a time longer ago than --days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, required=True, help="Days to keep, 0 or more.")
        parser.add_argument("--dry-run", action="store_true", help="Count what would go; delete nothing.")
        parser.add_argument("--confirm", action="store_true", help="Needed with --days 0, which deletes all.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete and say how many rows went and stay."""
        days, is_dry = options["days"], options["dry_run"]
        pruned = retention.prune(self.actor, days_to_keep=days, confirm=options["confirm"], dry_run=is_dry)
        if is_dry:
            said = f"{pruned.deleted:,} metric rows would be deleted, {pruned.kept:,} kept."
            self.emit(
                {"status": "dry_run", "deleted": 0, "would_delete": pruned.deleted, "kept": pruned.kept}, said
            )
        else:
            answer = performance.cleaned(pruned, days_to_keep=days)
            self.emit(answer, answer["message"])
