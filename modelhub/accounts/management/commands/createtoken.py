"""``createtoken USER --name NAME``."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from modelhub.accounts import tokens
from modelhub.commands import HubCommand
from modelhub.errors import Code, NotFound


class Command(HubCommand):
    """Makes an API token and prints it, once: stdout has the token and nothing else."""

    help = "Make an API token of a user and print it; it cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose it is, what it is for, how long it is valid."""
        parser.add_argument("user", metavar="USER", help="whose permissions the token has")
        parser.add_argument("--name", required=True, help="what it is for, such as the program's name")
        validity = parser.add_mutually_exclusive_group()
        validity.add_argument("--days", type=int, help=f"valid for 1 to {tokens.MOST_DAYS} days")
        validity.add_argument("--never", action="store_true", help="valid until it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token; what belongs to it goes to stderr, so that it can be assigned to a variable."""
        user = _user(options["user"])
        days = tokens.default_days() if options["days"] is None else options["days"]
        token, text = tokens.issue(user, options["name"], self.actor, days=None if options["never"] else days)
        data = {
            "token": text,
            "key": token.token_key,
            "name": token.name,
            "user": user.get_username(),
            "expires": token.expiry,
        }
        until = f"{token.expiry:%Y-%m-%d %H:%M} UTC" if token.expiry else "it is revoked"
        self.emit(data, text)
        self.remark(
            f"Token {token.token_key}… of {user.get_username()}, valid until {until}. "
            "It is not shown again. Send it as: Authorization: Bearer TOKEN"
        )


def _user(name: str) -> User:
    user = User.objects.filter(username=name).first() if name.isprintable() else None
    if user is None:
        raise NotFound(
            Code.NOT_FOUND, f"There is no user {name}. Add one in the admin or with createsuperuser."
        )
    return user
