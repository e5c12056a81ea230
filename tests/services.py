"""Real servers for the tests that need them: what runs on the standard ports, else one of our own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest


def absent(reason: str) -> NoReturn:
    """Skip with the reason; under ``CI=true`` fail with it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def answers(port: int) -> bool:
    """True when something listens on that loopback port."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """URL of a Redis server."""
    if answers(6379):
        yield f"redis://127.0.0.1:6379/{_own_database()}"
        return
    program = shutil.which("redis-server") or absent("redis-server is not installed and none runs on 6379")
    port = free_port()
    command = [program, "--port", str(port), "--save", "", "--dir", str(folder)]
    with _running(command, port):
        yield f"redis://127.0.0.1:{port}/0"


def _own_database() -> int:
    """Of a shared server's, 1 to 15, one for each process of tests: who clears a cache empties all of it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return 15 - int(worker.removeprefix("gw")) % 15


class OwnRedis:
    """A Redis server of the test's own that can be killed and comes back empty on the same port."""

    def __init__(self, folder: Path) -> None:
        self._program = shutil.which("redis-server") or absent("redis-server is not installed")
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, whether it runs or not."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """It answers."""
        command = [self._program, "--port", str(self._port), "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not answers(self._port):
            if time.monotonic() > deadline or self._process.poll() is not None:
                absent("redis-server did not start")
            time.sleep(0.05)

    def kill(self) -> None:
        """It is gone at once, with every message it held."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """A running :class:`OwnRedis`, killed at the end."""
    server = OwnRedis(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """URL of a database server in which the tests may create databases."""
    for user in ("root", "postgres"):
        if answers(5432) and _may_create(url := f"postgres://{user}@127.0.0.1:5432/postgres"):
            yield url
            return
    with own_postgres() as server:
        yield server.url


class OwnPostgres:
    """A PostgreSQL server of the test's own that can be stopped and comes back with its data."""

    def __init__(self, folder: Path) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not binaries:
            absent("PostgreSQL is not installed and none on 5432 lets us in")
        self._binaries, self._folder, self._data = binaries[-1], folder, folder / "data"
        self._port = free_port()
        folder.chmod(0o777)  # PostgreSQL runs as another user than root
        _as_postgres([self._program("initdb"), "-D", str(self._data), "-A", "trust", "-U", "postgres"])

    @property
    def url(self) -> str:
        """Its address, whether it runs or not."""
        return f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """It answers."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1"
        log = str(self._folder / "postgres.log")
        _as_postgres([self._control, "-D", str(self._data), "-o", options, "-l", log, "-w", "start"])

    def stop(self, mode: str = "fast") -> None:
        """It is gone: ``fast`` ends every connection in order, ``immediate`` is as a crash."""
        _as_postgres([self._control, "-D", str(self._data), "-m", mode, "-w", "stop"])

    def freeze(self) -> None:
        """It says nothing any more and keeps every connection open, until :meth:`thaw`."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def _processes(self) -> list[int]:
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text()
        return [first, *map(int, children.split())]

    @property
    def _control(self) -> str:
        return self._program("pg_ctl")

    def _program(self, name: str) -> str:
        return str(self._binaries / name)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A running :class:`OwnPostgres`, stopped and removed at the end."""
    # Not in pytest's folders: those are closed to the user that it runs as.
    with tempfile.TemporaryDirectory(prefix="modelhub-postgres-", ignore_cleanup_errors=True) as folder:
        server = OwnPostgres(Path(folder))
        server.start()
        try:
            yield server
        finally:
            with suppress(OSError):  # a test may have left it frozen
                server.thaw()
            with suppress(subprocess.CalledProcessError):  # or stopped
                server.stop("immediate")


def _may_create(url: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def _unprivileged(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _as_postgres(command: list[str]) -> None:
    subprocess.run(_unprivileged(command), check=True, capture_output=True)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not answers(port):
            if time.monotonic() > deadline or process.poll() is not None:
                absent(f"{command[0]} did not start")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)
