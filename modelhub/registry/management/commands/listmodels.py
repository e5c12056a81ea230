"""``listmodels``: every version with its standing."""

from typing import Any

from django.core.management.base import CommandParser

from modelhub import tables
from modelhub.commands import HubCommand
from modelhub.registry import presentation, references
from modelhub.registry.models import ModelVersion

_EMPTY = "No versions yet. Import one with `manage.py importmodel PATH` or train one with `trainmodel`."


class Command(HubCommand):
    """Lists versions, newest import first."""

    help = "List all versions of all registered models."

    def add_arguments(self, parser: CommandParser) -> None:
        """Optional narrowing to one registered model."""
        parser.add_argument("--model", help="only versions of this registered model")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table, or a sentence that says what to do when there is nothing."""
        versions = ModelVersion.objects.with_standing()
        if options["model"]:
            versions = versions.filter(model=references.find_model(options["model"]))
        rows = [presentation.summary(version) for version in versions]
        self.emit({"versions": rows}, _table(rows) if rows else _EMPTY)


def _table(rows: list[dict[str, Any]]) -> str:
    headings = ("REFERENCE", "STATUS", "TYPE", "FEATURES", "ALIASES", "IMPORTED", "SIZE")
    cells = [
        (
            row["reference"],
            row["status"] + (", damaged" if row["corrupt_at"] else ""),
            row["model_type"],
            row["feature_set"] or "matrices only",
            ", ".join(row["aliases"]) or "-",
            f"{row['imported_at']:%Y-%m-%d %H:%M}",
            f"{row['size_bytes'] / 1024:,.0f} KiB",
        )
        for row in rows
    ]
    return tables.render(headings, cells)
