"""This hub as ``script/up`` runs its web server: production profile, token, throttle, metrics, SQLite.

The command line is read from ``script/supervisord.conf``, so it cannot differ from what is delivered.
"""

import configparser
import contextlib
import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.http.processes import Server, running

_ROOT = Path(__file__).resolve().parent.parent.parent
_CLIENT = """
import django; django.setup()
from django.contrib.auth.models import Group, User
User.objects.create_user("bench").groups.add(Group.objects.get(name="client"))
"""


@dataclass(frozen=True, slots=True)
class Hub:
    """A home of its own; ``token`` belongs to a program that may score and nothing else."""

    environment: dict[str, str]
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.token}"}

    def manage(self, *arguments: str) -> str:
        """Standard output of a command, which must succeed."""
        return _run(self.environment, "manage.py", *arguments)

    def deploy(self, package: Path) -> None:
        """The package is imported and serves."""
        self.manage("importmodel", str(package), "--no-validate", "--deploy")


def prepared(home: Path, *, port: int, workers: int = 2, **variables: str) -> Hub:
    """A new hub in ``home`` and a token for it; nothing is deployed yet."""
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(_ROOT),
        "DJANGO_SETTINGS_MODULE": "modelhub.settings",
        "MODELHUB_PROFILE": "production",
        "MODELHUB_HOME": str(home),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TLS": "false",
        "BIND": "127.0.0.1",
        "PORT": str(port),
        "WEB_WORKERS": str(workers),
        "THROTTLE_ANALYZE": "100000000/min",
        "LOG_LEVEL": "WARNING",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        **variables,
    }
    _run(environment, "manage.py", "migrate", "--verbosity", "0")
    _run(environment, "-c", _CLIENT)
    token = _run(environment, "manage.py", "createtoken", "bench", "--name", "bench").strip()
    return Hub(environment, token)


@contextlib.contextmanager
def serving(hub: Hub, *, folder: Path, name: str) -> Iterator[Server]:
    """Its web server, ready to score."""
    command = _web_command(hub.environment)
    ready = f"http://127.0.0.1:{hub.environment['PORT']}/health/ready"
    with running(name, command, environment=hub.environment, folder=folder, ready=ready) as server:
        yield server


def _web_command(environment: dict[str, str]) -> list[str]:
    """The words of the line with the values that ``script/up`` would fill in."""
    names = ("BIND", "PORT", "WEB_WORKERS", "WEB_THREADS", "MODELHUB_HOME")
    exports = shlex.split(_run(environment, "-m", "modelhub.env", *names))
    values = dict(word.split("=", 1) for word in exports if "=" in word)
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    parser.read(_ROOT / "script" / "supervisord.conf")
    line = parser["program:web"]["command"]
    filled = re.sub(r"%\(ENV_(\w+)\)s", lambda found: values[found[1]], line)
    program, *arguments = shlex.split(filled)
    return [str(Path(sys.executable).parent / program), *arguments]


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=_ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments[:2])} failed:\n{done.stderr[-3000:]}")
    return done.stdout
