"""``listreplicas``: which process serves what."""

from typing import Any

from django.core.management.base import CommandParser

from inference.api.serving import as_json
from modelhub import tables
from modelhub.commands import HubCommand

_EMPTY = "No serving process has reported. Start the web server with script/up and deploy a version."


class Command(HubCommand):
    """Lists serving processes by registered model."""

    help = "List the serving processes, what each one holds and whether they agree with the registry."

    def add_arguments(self, parser: CommandParser) -> None:
        """Optional narrowing to one registered model."""
        parser.add_argument("--model", help="only processes that serve this registered model")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table, or a sentence that says what to do when there is nothing."""
        models = as_json(options["model"])
        rows = [(model, replica) for model in models for replica in model["replicas"]]
        shown = [_table(rows) if rows else _EMPTY, *_fallbacks(models)]
        self.emit({"models": models}, "\n".join(shown))


def _fallbacks(models: list[dict[str, Any]]) -> list[str]:
    return [
        f"{model['model']} falls back: {model['fallback_from']} failed, {model['deployed']} was deployed "
        "in its place. Deploy, roll back or load a version to decide."
        for model in models
        if model["fallback_from"]
    ]


def _table(rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> str:
    headings = ("MODEL", "PROCESS", "STATE", "SERVES", "GENERATION", "MEMORY", "LAST SEEN", "PROBLEM")
    cells = [
        (
            model["model"],
            replica["id"],
            replica["state"],
            replica["version"] or "nothing",
            f"{replica['generation']} of {model['generation']}",
            f"{replica['memory_bytes'] / 1024**2:.0f} MiB" if replica["memory_bytes"] else "-",
            f"{replica['seen_at']:%Y-%m-%d %H:%M:%S}",
            replica["problem"] or "-",
        )
        for model, replica in rows
    ]
    return tables.render(headings, cells)
