"""Commands fail with one line and an exit code, and print nothing a terminal would obey."""

import json
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from modelhub.actors import Channel
from modelhub.commands import HubCommand, printable
from modelhub.errors import Code, NotFound


class Failing(HubCommand):
    requires_system_checks: list[str] = []
    fault: BaseException = RuntimeError()

    def handle(self, *args: Any, **options: Any) -> None:
        raise self.fault


class Emitting(HubCommand):
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.emit({"name": "a\x1bb"}, "name a\x1bb\nsecond line")


def failing(fault: BaseException) -> Failing:
    command = Failing(stderr=StringIO())
    command.fault = fault
    return command


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (NotFound(Code.VERSION_NOT_FOUND, "No version 7."), 1, "No version 7."),
        (
            FileNotFoundError(2, "No such file or directory", "logs.txt"),
            1,
            "No such file or directory: logs.txt",
        ),
        (OperationalError("no such table: x"), 1, "migrate"),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (CommandError("wrong", returncode=2), 2, "wrong"),
        (ValueError("secret"), 1, "ValueError"),
    ],
)
def test_a_fault_is_one_line_and_an_exit_code(fault: BaseException, code: int, words: str) -> None:
    command = failing(fault)
    with pytest.raises(SystemExit) as left:
        command.run_from_argv(["manage.py", "failing"])
    written = command.stderr._out.getvalue()  # type: ignore[attr-defined]
    assert left.value.code == code
    assert words in written
    assert written.count("\n") == 1
    assert "Traceback" not in written
    assert "secret" not in written


def test_called_from_python_a_fault_keeps_its_exit_code() -> None:
    with pytest.raises(CommandError) as raised:
        call_command(failing(KeyboardInterrupt()))
    assert raised.value.returncode == 130


def test_called_from_python_an_unexpected_fault_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="bug"):
        call_command(failing(ValueError("bug")))


def test_an_unknown_argument_leaves_with_2() -> None:
    with pytest.raises(SystemExit) as left:
        failing(ValueError()).run_from_argv(["manage.py", "failing", "--nonsense"])
    assert left.value.code == 2


def test_misused_carries_exit_code_2() -> None:
    with pytest.raises(CommandError) as raised:
        Emitting().misused("Give one of both.")
    assert raised.value.returncode == 2


def test_text_for_people_is_safe_for_a_terminal() -> None:
    out = StringIO()
    call_command(Emitting(), stdout=out)
    assert out.getvalue() == "name a\\x1bb\nsecond line\n"


def test_json_for_machines_is_one_object() -> None:
    out = StringIO()
    call_command(Emitting(), json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"name": "a\x1bb"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä", "plain ä"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb", "a\\nb"),
        ("\u202e", "\\u202e"),
        ("\x9b", "\\x9b"),
    ],
)
def test_printable_escapes_what_a_terminal_would_obey(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_the_actor_comes_through_the_command_door() -> None:
    actor = HubCommand().actor
    assert actor.name
    assert actor.channel is Channel.COMMAND


def test_the_bar_is_silent_where_stderr_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with HubCommand().progress("Reading", 3) as bar:
        bar.advance()
        bar.expect(2)
    assert capfd.readouterr().err == ""


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("total", "done"), [(None, 5_000_000), (0, 5_000_000), (9e9, 5_000_000), (3, 0)])
def test_a_bar_ends_at_100_percent_and_names_its_unit(
    total: float | None, done: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = _Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with HubCommand().progress("Reading", total, unit="bytes") as bar:
        bar.advance(done / 2)
        bar.advance(done / 2)
    last = screen.getvalue().rpartition("Reading")[2]
    assert "100%" in last
    assert ("MB/s" in last) or not done


def test_a_closed_pipe_is_no_traceback() -> None:
    program = "from tests.unit.modelhub.piping import run; run()"
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=reader.stdin, stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
