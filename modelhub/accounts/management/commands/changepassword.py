"""``changepassword``: Django's own, recorded."""

from typing import Any

from django.contrib.auth.management.commands import changepassword as stock

from modelhub.actors import Actor, Channel, process_owner
from modelhub.audit import trail


class Command(stock.Command):
    """Asks and checks as Django does; the change has an entry in the trail, without the password."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Change the password, then record whose it was: no transaction waits for somebody to type."""
        said = super().handle(*args, **options)
        name = options["username"] or process_owner()
        trail.record("user.password", name, Actor(process_owner(), Channel.COMMAND))
        return said
