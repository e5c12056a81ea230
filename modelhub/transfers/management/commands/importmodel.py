"""``importmodel PATH``."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import Bar, HubCommand
from modelhub.errors import Code, NotFound, PathRefused, Unavailable
from modelhub.registry import lifecycle
from modelhub.registry.models import ModelVersion
from modelhub.transfers import importing, presentation
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer
from modelhub.transfers.sources import catalog


class Command(HubCommand):
    """Imports one package; deploys it only when told to."""

    help = "Import a training package (folder or zip), and deploy it with --deploy."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to import, where from, where to, and whether it shall serve."""
        parser.add_argument(
            "path", metavar="PATH", help="package folder or zip; below the source with --source"
        )
        parser.add_argument("--source", help="name of a training source that PATH lies in")
        parser.add_argument("--model", help="registered model to import into")
        parser.add_argument("--no-validate", action="store_true", help="leave the quality checks out")
        parser.add_argument("--deploy", action="store_true", help="deploy the version after the import")
        parser.add_argument("--reason", default="", help="why it is deployed; kept in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, deploy when asked, and say what to do next."""
        if options["reason"] and not options["deploy"]:
            self.misused("--reason belongs to --deploy.")
        validate = not options["no_validate"]
        row = self._import(options["path"], options["source"], options["model"], validate=validate)
        version = ModelVersion.objects.select_related("model").get(transfers=row)
        data = presentation.imported(row) | {"deployed": bool(options["deploy"])}
        lines = [_result(row, version), *_notes(row), *_verdict(data["validation"])]
        if options["deploy"]:
            outcome = lifecycle.deploy(version, self.actor, reason=options["reason"])
            data |= {"generation": outcome.generation}
            lines.append(f"{version} is deployed. Generation {outcome.generation}.")
        else:
            lines.append(f"It does not serve yet. Next: manage.py deploymodel {version}")
        self.emit(data, "\n".join(lines))

    def _import(self, path: str, source: str | None, model: str | None, *, validate: bool) -> Transfer:
        with self.progress("Importing", len(importing.STEPS)) as bar:
            wish: dict[str, Any] = {"model_name": model, "validate": validate}
            wish["on_step"] = partial(_advance, bar)
            if source:
                found = catalog.named(source)
                return importing.import_package(found, path, self.actor, **wish)
            try:
                return importing.import_local(Path(path), self.actor, **wish)
            except (PathRefused, Unavailable):
                if os.path.lexists(path):
                    raise
                # The fault speaks of a training source, and none was named.
                raise NotFound(
                    Code.PACKAGE_NOT_FOUND, f"There is no package {path}. Check the path."
                ) from None


def _advance(bar: Bar, step: str) -> None:
    bar.tell(step.capitalize())
    bar.advance()


def _result(row: Transfer, version: ModelVersion) -> str:
    if row.status == TransferStatus.UNCHANGED:
        return f"{version} has this content already; nothing changed."
    if row.is_repair:
        return f"{version} was damaged in the store and is whole again."
    return (
        f"{version} is imported: {version.estimator}, {version.n_features} features, {row.duration_s:.1f} s."
    )


def _verdict(validation: Mapping[str, Any] | None) -> list[str]:
    """What the quality checks said, in one line and one more for each error."""
    if validation is None:
        return []
    word = "valid" if validation["is_valid"] else "INVALID: it cannot be deployed without force"
    heading = f"  validation {word}, score {validation['score']:.2f}, {len(validation['warnings'])} warnings"
    return [heading, *(f"  error: {error}" for error in validation["errors"])]


def _notes(row: Transfer) -> list[str]:
    return [f"  note {note['code']}: {note['detail']}" for note in row.notes]
