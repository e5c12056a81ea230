"""``exportregistry``."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import HubCommand
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
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            for piece in document.lines(model_name):
                file.write(piece)
            size = file.tell()
        Path(temporary).chmod(0o640)
        Path(temporary).rename(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return size
