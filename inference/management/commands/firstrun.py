"""``firstrun``: the first administrator and the demo, each only where it is missing."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandParser
from django.utils import timezone

from inference import demo
from modelhub.commands import HubCommand

ADMIN = "admin"
_ADMINISTRATOR = """
  Administrator   {name}
  Password        {password}   (shown only now; change it with manage.py changepassword)
"""


class Command(HubCommand):
    """Makes an empty hub usable; does nothing to one that is in use."""

    help = "Create the first administrator (password printed once) and fill an empty hub with a demo."

    def add_arguments(self, parser: CommandParser) -> None:
        """Leaving the demo out."""
        parser.add_argument("--no-demo", action="store_true", help="only the administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing."""
        if not options["no_demo"] and settings.DEVELOPMENT and demo.is_wanted(settings.HOME):
            self.stdout.write("The hub is empty. Filling it with a demo, the way you would do it:\n")
            demo.run(settings.HOME, now=timezone.now(), say=lambda line: self.stdout.write(f"$ {line}"))
        if password := _create_admin():  # last, so that it stands where people look
            self.stdout.write(_ADMINISTRATOR.format(name=ADMIN, password=password))


def _create_admin() -> str:
    """Password of the administrator just made; empty when there was one already."""
    if User.objects.filter(is_superuser=True).exists():
        return ""
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMIN, password=password)
    return password
