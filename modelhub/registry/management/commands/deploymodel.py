"""``deploymodel REF``."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from modelhub.registry import lifecycle
from modelhub.registry.operations import OperationCommand


class Command(OperationCommand):
    """Deploy a version: pass the gates, then serve by decision."""

    help = "Deploy a version: pass the gates, then serve by decision."
    operate = staticmethod(lifecycle.deploy)
    done = "is deployed"
    unchanged = "was deployed already; nothing changed"

    def add_arguments(self, parser: CommandParser) -> None:
        """Beside the reference and the reason: whether a failed validation counts."""
        super().add_arguments(parser)
        parser.add_argument(
            "--force", action="store_true", help="deploy although the validation failed; needs --reason"
        )

    def wishes(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Force, as wished."""
        return {"force": options["force"]}
