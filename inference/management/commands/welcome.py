"""``welcome``: wait for the web server, then say where it is and what to try."""

import http.client
import json
import time
from typing import Any

from django.conf import settings

from modelhub import conf
from modelhub.commands import HubCommand
from modelhub.registry.models import Deployment

_PATIENCE_S = 60
_PAUSE_S = 0.2
_TEXT = """
  modelhub is up       {address}
  Logs                 {logs}
  Stop                 Ctrl-C
{curl}"""
_LINE = (
    '{"timestamp": "2026-01-05T03:12:44Z", "level": "ERROR", "program": "sshd", '
    '"message": "Failed password for root from 203.0.113.9 port 52144 ssh2"}'
)
_CURL = """
  Try it:
    curl {address}/api/v1/models
    curl -X POST {address}/api/v1/models/{version}/load
    curl -X POST {address}/api/v1/models/analyze -H 'Content-Type: application/json' -d '[{line}]'
"""


class Command(HubCommand):
    """Prints the address once it answers; exit code 1 when it does not within a minute."""

    help = "Wait until the web server answers, then print its address and three curl lines."

    def handle(self, *args: Any, **options: Any) -> None:
        """Poll liveness, then print."""
        host = "localhost" if settings.BIND in {"127.0.0.1", "::1", "localhost"} else settings.BIND
        if not _answers(settings.BIND, settings.PORT):
            logs = settings.HOME / "logs"
            self.stderr.write(f"The web server did not answer within {_PATIENCE_S} s; see {logs}/web.log")
            raise SystemExit(1)
        address = f"http://{host}:{settings.PORT}"
        open_here = Deployment.objects.open().filter(model__name=conf.default_model())
        deployment = open_here.select_related("version").first()
        version = deployment.version.label if deployment else None
        curl = (
            _CURL.format(address=address, version=version, line=_LINE)
            if version and settings.DEVELOPMENT
            else ""
        )
        self.stdout.write(_TEXT.format(address=address, logs=settings.HOME / "logs", curl=curl))
        for name, finding in _troubles(settings.BIND, settings.PORT):
            self.stdout.write(f"  Look at {name}: {finding}. `manage.py doctor` tells more.")


def _troubles(host: str, port: int) -> list[tuple[str, str]]:
    """What readiness reports as failed or degraded, by the name of its probe."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/health/ready", headers={"Host": "localhost"})
        checks = json.loads(connection.getresponse().read())["checks"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return []  # production answers other hosts than localhost; doctor is the way there
    return [(name, c["detail"]) for name, c in checks.items() if not c["ok"] or "degraded" in c["detail"]]


def _answers(host: str, port: int) -> bool:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(host, port, timeout=2)
            connection.request("GET", "/health/live", headers={"Host": "localhost"})
            if connection.getresponse().status in {200, 301, 400}:
                return True
        except (OSError, http.client.HTTPException):
            pass  # nothing listens yet, or something that is not the server
        time.sleep(_PAUSE_S)
    return False
