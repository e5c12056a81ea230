"""The shape that ``deploymodel``, ``rollbackmodel`` and ``loadmodel`` share."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from modelhub.commands import HubCommand
from modelhub.registry import references
from modelhub.registry.lifecycle import Outcome


class OperationCommand(HubCommand):
    """A command that performs one verb on one version; subclasses name the verb and its words."""

    operate: ClassVar[Callable[..., Outcome]]
    done: str
    unchanged: str

    def add_arguments(self, parser: CommandParser) -> None:
        """The reference and the reason."""
        parser.add_argument("reference", metavar="REF", help="LABEL, NAME:LABEL or NAME@ALIAS")
        parser.add_argument("--reason", default="", help="why; kept in the history")

    def wishes(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What else the operation is told, by keyword."""
        return {}

    def handle(self, *args: Any, **options: Any) -> None:
        """Perform the verb and say what it changed."""
        version = references.find(options["reference"])
        outcome = type(self).operate(version, self.actor, reason=options["reason"], **self.wishes(options))
        words = self.done if outcome.changed else self.unchanged
        before = f" (before: {outcome.previous.label})" if outcome.changed and outcome.previous else ""
        data = {
            "model": version.model.name,
            "version": version.label,
            "changed": outcome.changed,
            "generation": outcome.generation,
            "previous_version": outcome.previous.label if outcome.previous else None,
        }
        self.emit(data, f"{version.reference} {words}{before}. Generation {outcome.generation}.")
