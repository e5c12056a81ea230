"""The shape of every command: one reason on failure, an exit code, text for people or JSON for machines."""

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser, SystemCheckError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from modelhub.actors import Actor, Channel, placed, process_owner, terminal
from modelhub.errors import ModelhubError
from modelhub.printing import printable

FAILED = 1
MISUSED = 2
INTERRUPTED = 130
VERBOSE = 2


class HubCommand(BaseCommand):
    """Base of all commands of the product.

    Faults of the tree in :mod:`modelhub.errors`, of the operating system and of the database become
    one line on stderr and exit code 1, an interrupt 130, wrong arguments 2. Called from Python (as
    tests do) they become a ``CommandError`` that carries the same code. ``--json`` is always offered.
    """

    as_json = False
    _called_from_command_line: bool = False  # set by Django's own entry

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The parser of the command with ``--json`` added to its own arguments."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; any fault leaves as one line and an exit code, never as a traceback."""
        self.as_json = bool(options.get("json"))
        if self._called_from_command_line and options.get("verbosity", 1) < VERBOSE:
            logging.getLogger().setLevel(logging.WARNING)  # people read the command's own words
        try:
            with placed(terminal()):
                return super().execute(*args, **options)
        except SystemCheckError:
            raise
        except CommandError as error:
            self._leave(str(error), error.returncode)
        except ModelhubError as error:
            self._leave(error.detail, FAILED)
        except BrokenPipeError:
            # The reader of our output has gone (`| head`); Python would complain again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._leave("The reader of the output has gone.", FAILED)
        except OSError as error:
            self._leave(_sentence(error), FAILED)
        except DatabaseError:
            self._leave("The database cannot be used. Run `manage.py migrate`, then `doctor`.", FAILED)
        except KeyboardInterrupt:
            self._leave("Interrupted.", INTERRUPTED)
        except Exception as error:
            if options.get("traceback") or not self._called_from_command_line:
                raise
            name = type(error).__name__
            self._leave(f"Unexpected fault ({name}). Run again with --traceback to see where.", FAILED)

    def misused(self, reason: str) -> NoReturn:
        """Leave because of an argument that cannot be used.

        Raises:
            CommandError: always, with exit code 2.
        """
        raise CommandError(reason, returncode=MISUSED)

    def emit(self, data: Mapping[str, Any], text: str) -> None:
        """Print ``data`` as one JSON object under ``--json``, else ``text`` made safe for a terminal."""
        if self.as_json:
            self.stdout.write(json.dumps(data, ensure_ascii=False, default=str, allow_nan=False))
        else:
            self.stdout.write(_printable_lines(text))

    def remark(self, text: str) -> None:
        """Print ``text`` on stderr, made safe for a terminal: what belongs beside the result."""
        self.stderr.write(_printable_lines(text))

    @property
    def actor(self) -> Actor:
        """The operating system's name of who runs the command."""
        return Actor(name=process_owner(), channel=Channel.COMMAND)

    @contextlib.contextmanager
    def progress(self, description: str, total: float | None, *, unit: str = "") -> Iterator["Bar"]:
        """A moving bar with rate and remaining time on stderr; nothing where that is no terminal.

        ``total`` is in the unit that is given to :meth:`Bar.advance`; None or 0 means unknown. ``unit`` is
        a plural such as ``lines``; ``bytes`` are shown as MB; without one no rate is shown. A block that
        ends well leaves its bar at 100 %.
        """
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn("{task.percentage:>3.0f}%"),
            _RateColumn(unit),
            TimeRemainingColumn(),
        )
        silent = self.as_json or not sys.stderr.isatty()
        with Progress(*columns, console=Console(stderr=True), disable=silent) as bars:
            bar = Bar(bars, bars.add_task(printable(description), total=total or None))
            yield bar
            bar.complete()

    def _leave(self, reason: str, code: int) -> NoReturn:
        if not self._called_from_command_line:
            raise CommandError(reason, returncode=code) from None
        self.stderr.write(printable(" ".join(reason.split())))
        raise SystemExit(code)


class Bar:
    """One running bar of :meth:`HubCommand.progress`."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, amount: float = 1) -> None:
        """Move on by ``amount`` units."""
        self._bars.advance(self._task, amount)

    def expect(self, total: float) -> None:
        """Correct the total once it is known."""
        self._bars.update(self._task, total=total)

    def tell(self, step: str) -> None:
        """Show what is being done now."""
        self._bars.update(self._task, description=printable(step))

    def complete(self) -> None:
        """Show 100 %, however little was known of the total."""
        task = next(task for task in self._bars.tasks if task.id == self._task)
        task.total = done = task.completed or 1  # given to update(), a new total would forget the rate
        self._bars.update(self._task, completed=done)


class _RateColumn(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if speed is None or not self._unit:
            return Text("")
        return Text(f"{speed / 1e6:,.1f} MB/s" if self._unit == "bytes" else f"{speed:,.0f} {self._unit}/s")


def _printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def _sentence(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"{reason}: {error.filename}" if error.filename else reason
