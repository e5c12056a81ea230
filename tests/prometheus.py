"""A real Prometheus server of the test's own, with the rules that the product ships."""

import json
import math
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.services import absent, free_port

SHIPPED = Path(__file__).resolve().parent.parent / "docs" / "prometheus"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running server."""

    port: int

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its API."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}", timeout=20
        ) as answer:
            return json.load(answer)["data"]

    def values(self, expression: str, at: float | None = None) -> list[float]:
        """What an expression gives at that time (seconds since 1970), without what is no number."""
        moment = {} if at is None else {"time": f"{at:.3f}"}
        found = self.ask("query", query=expression, **moment)
        rows = (
            [found["result"]]
            if found["resultType"] == "scalar"
            else [row["value"] for row in found["result"]]
        )
        return [value for value in (float(row[1]) for row in rows) if not math.isnan(value)]

    def wait_for(self, expression: str, *, seconds: float = 30) -> None:
        """Return once the expression gives something."""
        deadline = time.monotonic() + seconds
        while not self.values(expression):
            assert time.monotonic() < deadline, (expression, self.ask("targets"))
            time.sleep(0.2)


@contextmanager
def scraping(folder: Path, port: int, *, token: str) -> Iterator[Prometheus]:
    """Prometheus with the shipped configuration asks the hub on that port, once a second."""
    program = shutil.which("prometheus") or absent("prometheus is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "modelhub.token").write_text(token)
    shutil.copy(SHIPPED / "rules.yml", folder / "rules.yml")
    config = yaml.safe_load((SHIPPED / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    own = free_port()
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{own}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(process, own, folder / "log")
            yield Prometheus(own)
        finally:
            process.terminate()
            process.wait(20)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2):
                return
        except OSError:
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
