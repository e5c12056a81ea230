"""``setalias REF NAME``."""

from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import HubCommand
from modelhub.registry import aliases, references


class Command(HubCommand):
    """Sets or removes an alias; the ones that follow deployments are refused."""

    help = "Let an alias such as challenger or shadow mean a version; --remove takes it away."

    def add_arguments(self, parser: CommandParser) -> None:
        """The version, the alias, and whether it goes."""
        parser.add_argument("reference", metavar="REF", help="LABEL, NAME:LABEL or NAME@ALIAS")
        parser.add_argument("name", metavar="ALIAS", help="name of the alias")
        parser.add_argument("--remove", action="store_true", help="take the alias away from the version")
        parser.add_argument("--reason", default="", help="why; kept in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set or remove it and say what changed."""
        version = references.find(options["reference"])
        operate = aliases.remove_alias if options["remove"] else aliases.set_alias
        done = operate(version, options["name"], self.actor, reason=options["reason"])
        alias = f"{version.model.name}@{done.name}"
        before = f" (before: {done.moved_from.label})" if done.moved_from else ""
        said = f"{alias} means {version.reference}{before}."
        if options["remove"]:
            said = f"{alias} means nothing any more."
        elif not done.changed:
            said = f"{alias} meant {version.reference} already; nothing changed."
        data = {
            "model": version.model.name,
            "version": version.label,
            "alias": done.name,
            "changed": done.changed,
            "removed": bool(options["remove"]),
            "moved_from": done.moved_from.label if done.moved_from else None,
        }
        self.emit(data, said)
