"""Killing a real operation at its n-th durable step, for every n: what remains must be sound.

A run is a forked child with its own SQLite file, store and staging folder. Before every call that
changes a disk (fsync, rename, replace, link, unlink, mkdir, rmdir, opening a file for writing,
every SQL statement, every commit) it counts one event; at the chosen one it sends SIGKILL to itself.
The product has no hooks for this: the calls are replaced in the child, after the fork.
"""

import builtins
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker

Scenario = Callable[[], Any]
_CALLS = ("fsync", "replace", "rename", "link", "unlink", "remove", "mkdir", "rmdir")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True, slots=True)
class Run:
    """How one child ended: its scenario's answer (JSON) and events, or that it was killed."""

    killed: bool
    answer: Any
    events: int


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one run: database, store and staging."""

    root: Path
    blocker: DjangoDbBlocker

    @property
    def database(self) -> Path:
        return self.root / "hub.sqlite3"

    @property
    def staging(self) -> Path:
        return self.root / "staging"

    def run(self, scenario: Scenario, *, kill_at: int | None = None) -> Run:
        """The scenario in a forked child of this home; it dies before event ``kill_at`` (from 1)."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _be_child(self, scenario, kill_at, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        status = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return Run(True, None, kill_at or 0)
        answer = json.loads(said)
        assert "traceback" not in answer, answer["traceback"]
        return Run(False, answer["answer"], answer["events"])


def migrated(root: Path, blocker: DjangoDbBlocker) -> Home:
    """A home with an empty, migrated database."""
    root.mkdir(parents=True)
    home = Home(root, blocker)
    home.run(lambda: call_command("migrate", verbosity=0))
    return home


def copy_of(template: Home, root: Path) -> Home:
    """A new home in the state of another one, which must be at rest."""
    root.mkdir(parents=True)
    for path in sorted(template.root.rglob("*")):
        target = root / path.relative_to(template.root)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(path.read_bytes())
    return Home(root, template.blocker)


def points(events: int, *, most: int = 60) -> list[int]:
    """Every event number, or where there are more than ``most`` an even sample with first and last."""
    if events <= most:
        return list(range(1, events + 1))
    return sorted({1 + round(i * (events - 1) / (most - 1)) for i in range(most)})


def _be_child(home: Home, scenario: Scenario, kill_at: int | None, pipe: int) -> None:
    """Run and never return: a forked test process must not go on testing."""
    try:
        home.blocker.unblock()
        connection.connection = None  # the parent's; not ours to close
        connection.settings_dict["NAME"] = str(home.database)
        settings.MODELHUB = settings.MODELHUB | {"STORE": home.root / "store", "STAGING": home.staging}
        counter = _Counter(kill_at)
        counter.arm()
        answer = {"answer": scenario()}
        counter.disarm()
        connection.close()
        said = answer | {"events": counter.seen}
    except BaseException:
        said = {"traceback": traceback.format_exc()}
    os.write(pipe, json.dumps(said, default=str).encode())
    sys.stdout.flush()
    os._exit(0)


def _writes(_: Any, mode: str = "r", *rest: Any, **more: Any) -> bool:
    return not {"w", "a", "x", "+"}.isdisjoint(mode)


class _Counter:
    def __init__(self, kill_at: int | None) -> None:
        self.seen = 0
        self._kill_at = kill_at

    def arm(self) -> None:
        for name in _CALLS:
            setattr(os, name, self._before(getattr(os, name)))
        os.open = self._before(os.open, when=lambda _, flags=0, *rest, **more: bool(flags & _WRITING))
        # pathlib and tempfile reach the same function under another name.
        builtins.open = io.open = self._before(io.open, when=_writes)
        BaseDatabaseWrapper._commit = self._before(BaseDatabaseWrapper._commit)  # type: ignore[attr-defined]
        connection.execute_wrappers.append(self._execute)

    def disarm(self) -> None:
        self._kill_at = None

    def count(self) -> None:
        self.seen += 1
        if self.seen == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _execute(self, execute: Any, *args: Any) -> Any:
        self.count()
        return execute(*args)

    def _before(self, call: Any, *, when: Callable[..., bool] | None = None) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            if when is None or when(*args, **kwargs):
                self.count()
            return call(*args, **kwargs)

        return counted
