"""``pruneversions``."""

from typing import Any

from django.core.management.base import CommandParser
from django.template.defaultfilters import filesizeformat

from modelhub import tables
from modelhub.commands import HubCommand
from modelhub.registry import references, retention
from modelhub.registry.retention import KEEP_DAYS, KEEP_LAST, Pruning, Rule


class Command(HubCommand):
    """Deletes old versions that never served and that nothing needs."""

    help = (
        "Delete versions that were never deployed, are needed by nothing, are not among the newest of their "
        "model and are older than some days. See what would go with --dry-run first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The rule, and whether to say only what it would do."""
        parser.add_argument(
            "--keep-last", type=int, default=KEEP_LAST, metavar="N", help=f"newest kept ({KEEP_LAST})"
        )
        parser.add_argument(
            "--keep-days", type=float, default=KEEP_DAYS, metavar="D", help=f"days kept ({KEEP_DAYS:g})"
        )
        parser.add_argument("--model", help="only versions of this registered model")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        """Apply the rule and list every version with what became of it."""
        rule = Rule(options["keep_last"], options["keep_days"])
        model = references.find_model(options["model"]).name if options["model"] else None
        done = retention.prune(rule, self.actor, model_name=model, dry_run=options["dry_run"])
        data = {
            "dry_run": bool(options["dry_run"]),
            "deleted": [version.reference for version in done.deleted],
            "released_bytes": done.released_bytes,
            "versions": [
                {"version": verdict.version.reference, "prunable": not verdict.kept, "kept": verdict.kept}
                for verdict in done.verdicts
            ],
        }
        self.emit(data, _said(done, dry_run=options["dry_run"]))


def _said(done: Pruning, *, dry_run: bool) -> str:
    if not done.verdicts:
        return "No versions yet, so there is nothing to prune."
    gone = {version.pk for version in done.deleted}
    rows = []
    for verdict in done.verdicts:
        word = "deleted" if verdict.version.pk in gone else "kept"
        if dry_run and not verdict.kept:
            word = "would go"
        rows.append((word, verdict.version.reference, verdict.kept or "it never served and is old"))
    free = sum(1 for verdict in done.verdicts if not verdict.kept)
    size = filesizeformat(done.released_bytes).replace("\xa0", " ")
    end = f"{free} version(s) would be deleted." if dry_run else f"{len(gone)} version(s) deleted, {size}."
    return f"{tables.render(('', 'VERSION', 'WHY'), rows)}\n{end}"
