"""``setupschedules``."""

from typing import Any

from django.core.management.base import CommandParser
from django_celery_beat.models import PeriodicTask

from modelhub import schedules, tables
from modelhub.commands import HubCommand
from modelhub.schedules import Default


class Command(HubCommand):
    """Makes the default schedules; what somebody edited stays as it is."""

    help = "Make the default schedules that are missing; edited ones stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do beside making what is missing."""
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--list", action="store_true", help="show every schedule and change nothing")
        choice.add_argument(
            "--reset", metavar="NAME", action="append", help="bring this one back to its default"
        )
        choice.add_argument("--reset-all", action="store_true", help="bring all back to their defaults")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, reset or list, and say what was done."""
        if options["list"]:
            rows = [_row(task) for task in PeriodicTask.objects.order_by("name")]
            self.emit({"schedules": rows}, _table(rows))
            return
        if options["reset"] or options["reset_all"]:
            changed = schedules.reset(options["reset"], self.actor)
            self.emit({"reset": _names(changed)}, f"Back to the default: {', '.join(_names(changed))}.")
            return
        made = _names(schedules.ensure())
        said = f"Made: {', '.join(made)}." if made else "Every default schedule is there already."
        self.emit({"made": made}, said)


def _names(defaults: list[Default]) -> list[str]:
    return [default.name for default in defaults]


def _row(task: PeriodicTask) -> dict[str, Any]:
    return {
        "name": task.name,
        "task": task.task,
        "every": str(task.scheduler),
        "enabled": task.enabled,
        "last_run_at": task.last_run_at.isoformat() if task.last_run_at else None,
        "description": task.description,
    }


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No schedules yet. Make the defaults: manage.py setupschedules"
    cells = [
        (
            row["name"],
            row["every"],
            "on" if row["enabled"] else "off",
            row["last_run_at"] or "never",
            row["description"],
        )
        for row in rows
    ]
    return tables.render(("NAME", "EVERY", "STATE", "LAST RUN", "WHAT IT DOES"), cells)
