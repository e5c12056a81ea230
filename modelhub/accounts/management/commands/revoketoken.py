"""``revoketoken KEY``."""

from typing import Any

from django.core.management.base import CommandParser

from modelhub.accounts import tokens
from modelhub.commands import HubCommand
from modelhub.errors import Code, NotFound


class Command(HubCommand):
    """Makes a token invalid for good; revoking it again changes nothing."""

    help = "Revoke an API token by its key, the beginning that lists show."

    def add_arguments(self, parser: CommandParser) -> None:
        """The key and the reason."""
        parser.add_argument("key", metavar="KEY", help="how the token begins, as lists show it")
        parser.add_argument("--reason", default="", help="why; kept in the audit trail")

    def handle(self, *args: Any, **options: Any) -> None:
        """Revoke it and say whose it was."""
        key = options["key"].rstrip("…")
        if not key.isprintable():
            raise NotFound(Code.NOT_FOUND, "There is no token with that key.")
        token = tokens.revoke(key, self.actor, reason=options["reason"])
        data = {
            "key": token.token_key,
            "name": token.name,
            "user": token.user.get_username(),
            "revoked_at": token.revoked_at,
        }
        self.emit(data, f"{token.name} ({token.token_key}…) of {token.user.get_username()} is revoked.")
