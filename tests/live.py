"""A real web server on a home of its own with a small model deployed, and clients that count every answer."""

import bisect
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services import free_port

_WIDTH = (
    "from modelhub.registry.models import ModelVersion; print(ModelVersion.objects.earliest('pk').n_features)"
)
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Hub:
    """One home: the environment of every process on it, and its web server's address."""

    environment: dict[str, str]
    port: int = 0
    server: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        """Standard output of a command, which must succeed."""
        return self._run("manage.py", *arguments)

    def python(self, statement: str) -> Any:
        """The JSON that a statement prints with Django ready."""
        return json.loads(self._run("-c", f"import django; django.setup(); {statement}"))

    def prepare(self, filling: str = "tests.live") -> None:
        """A migrated database with ``default:1.0.0`` serving, or what another module fills it with."""
        self._run("-m", filling)

    def features(self) -> int:
        """How many features the deployed version has."""
        return int(self.python(_WIDTH))

    @contextmanager
    def serving(self, *, workers: int, log: Path) -> Iterator[None]:
        """granian as ``script/up`` starts it."""
        self.port = free_port()
        command = [sys.executable, "-m", "modelhub.serve", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", str(workers), "--blocking-threads", "8"]
        command += ["--workers-kill-timeout", "5", "--respawn-failed-workers", "--no-ws"]
        command += ["modelhub.wsgi:application"]
        with log.open("wb") as output:
            self.server = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                self._wait_until_ready(log)
                yield
            finally:
                self.server.terminate()
                self.server.wait(30)

    def workers(self) -> list[int]:
        """Process ids of the server's workers."""
        assert self.server is not None
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + 60
        request = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                    connection.sendall(request)
                    if b" 200 " in connection.recv(64):
                        return
            except OSError:
                pass
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.2)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout


def hub(home: Path, **variables: str) -> Hub:
    """A hub in that folder; ``variables`` go to its environment."""
    settings = {
        "MODELHUB_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "modelhub.settings",
        "LOG_LEVEL": "WARNING",
    }
    return Hub(os.environ | {"THROTTLE_ANALYZE": "0", "OMP_NUM_THREADS": "1"} | settings | variables)


@dataclass
class Load:
    """Clients that send one request after the other: what was answered with 200, and what has no answer."""

    port: int
    body: bytes
    wanted: int
    answered: int = 0
    uncertain: int = 0
    moments: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sent: int = 0

    def start(self, *, clients: int) -> list[threading.Thread]:
        """That many clients at work, each on a connection that is kept open."""
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(clients)]
        for thread in threads:
            thread.start()
        return threads

    def wait_for(self, answers: int) -> None:
        """Return once so many were answered."""
        deadline = time.monotonic() + 120
        while self.answered < answers:
            assert time.monotonic() < deadline, self.refused[:5]
            time.sleep(0.01)

    def most_answered_in(self, seconds: float) -> int:
        """The most answers that came within any span of that length."""
        ends = [bisect.bisect_right(self.moments, moment + seconds) for moment in self.moments]
        return max(end - place for place, end in enumerate(ends))

    def _work(self) -> None:
        request = (
            b"POST /api/v1/models/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(self.body)
        ) + self.body
        connection: socket.socket | None = None
        while self._take():
            while True:
                if connection is None:
                    connection = self._connected()
                status = _exchange(connection, request)
                if status == b"200":
                    with self._lock:
                        self.answered += 1
                        self.moments.append(time.monotonic())
                    break
                connection.close()
                connection = None
                if status is not None:
                    self.refused.append(status)
                    break
                with self._lock:  # sent, and the connection broke: it may have been answered or not
                    self.uncertain += 1

    def _take(self) -> bool:
        with self._lock:
            self._sent += 1
            return self._sent <= self.wanted

    def _connected(self) -> socket.socket:
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), 30)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
            except OSError:
                time.sleep(0.05)


def _exchange(connection: socket.socket, request: bytes) -> bytes | None:
    """Status of the answer, None where the connection ended before it."""
    try:
        connection.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65_536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            piece = connection.recv(65_536)
            if not piece:
                return None
            body += piece
    except OSError:
        return None
    return head[9:12]


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """URL of a new database on a PostgreSQL server, dropped afterwards."""
    import psycopg

    name = f"hub_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def stop(pid: int, number: signal.Signals) -> None:
    """Send the signal and return when the process is gone."""
    os.kill(pid, number)
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from modelhub.registry.models import RegisteredModel
    from tests.integration.conftest import register, train

    call_command("migrate", verbosity=0)
    version = register(train(0))
    RegisteredModel.objects.filter(pk=version.model_id).update(current_version=version, generation=1)


if __name__ == "__main__":
    _main()
