"""``deletemodel REF``."""

from typing import Any

from django.core.management.base import CommandParser
from django.template.defaultfilters import filesizeformat

from modelhub.commands import HubCommand
from modelhub.registry import presentation, references, removal


class Command(HubCommand):
    """Deletes a version that nothing needs; its history stays."""

    help = "Delete a version that is neither deployed, loaded, aliased nor used; its history stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """The reference and the reason."""
        parser.add_argument("reference", metavar="REF", help="LABEL, NAME:LABEL or NAME@ALIAS")
        parser.add_argument("--reason", default="", help="why; kept in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete it and say what is released."""
        version = references.find(options["reference"])
        removed = removal.delete(version, self.actor, reason=options["reason"])
        released = filesizeformat(removed.released_bytes).replace("\xa0", " ")
        shared = f", {removed.shared} shared with other versions stay" if removed.shared else ""
        self.emit(
            presentation.removed(removed),
            f"{version.reference} is deleted; its history stays.\n"
            f"{removed.released} file(s), {released}, go with the next sweep of the store{shared}.",
        )
