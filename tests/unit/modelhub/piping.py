"""A command that writes without end, for the test that closes its reader."""

import os
from typing import Any

import django

from modelhub.commands import HubCommand


class Endless(HubCommand):
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            self.stdout.write("line " * 2000)


def run() -> None:
    """Set up Django and run the command as from a command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
    django.setup()
    Endless().run_from_argv(["manage.py", "endless"])
