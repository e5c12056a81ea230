"""``createsuperuser``: Django's own, recorded."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser as stock
from django.contrib.auth.models import User

from modelhub.actors import Actor, Channel, process_owner
from modelhub.audit import trail


class Command(stock.Command):
    """Asks and checks as Django does; whoever becomes a superuser has an entry in the trail."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the user, then the entry: no transaction waits for somebody to type."""
        before = set(_superusers())
        super().handle(*args, **options)
        actor = Actor(process_owner(), Channel.COMMAND)
        for name in sorted(set(_superusers()) - before):
            trail.record("user.create", name, actor, after={"username": name, "is_superuser": True})


def _superusers() -> list[str]:
    return list(User.objects.filter(is_superuser=True).values_list("username", flat=True))
