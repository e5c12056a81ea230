"""``exportregistry``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import HubCommand
from modelhub.outputs import replacing
from modelhub.registry import document, references


class Command(HubCommand):
    """Writes the registry as one JSON document."""

    help = "Write the whole registry (versions, hashes, aliases, deployments, history) as one JSON document."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which model, and where to."""
        parser.add_argument("--model", help="only this registered model")
        parser.add_argument("--out", metavar="FILE", help="write to this file; standard output without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it; a file appears under its name only when it is whole."""
        name = references.find_model(options["model"]).name if options["model"] else None
        if not options["out"]:
            for piece in document.lines(name):
                self.stdout.write(piece, ending="")
            document.exported(name, self.actor)
            return
        target = Path(options["out"])
        size = _write(target, name)
        document.exported(name, self.actor)
        self.emit({"file": str(target), "bytes": size}, f"{target} is written, {size:,} bytes.")


def _write(target: Path, model_name: str | None) -> int:
    with replacing(str(target)) as file:
        for piece in document.lines(model_name):
            file.write(piece.encode())
        return file.tell()
