"""One lap of load: wrk on one thread, connections kept open, several bodies in turn."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).resolve().parent / "rotation.lua"
_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Lap:
    """What one lap gave: good answers a second, latencies, answers of 400 and above, broken connections.

    ``others`` is the share of the machine's processors that programs outside of the lap took.
    """

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int
    others: float = 0.0

    @property
    def errors(self) -> int:
        """Requests that got no good answer."""
        return self.refused + self.broken


@dataclass(frozen=True, slots=True)
class Target:
    """Where a lap sends what: a port, a path, header lines and bodies in files that wrk reads."""

    port: int
    path: str
    headers: Path
    bodies: Path


def target(folder: Path, port: int, path: str, headers: Mapping[str, str], bodies: Sequence[bytes]) -> Target:
    """The bodies, none with a line break, written below ``folder`` for the laps to come."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = {"Content-Type": "application/json"} | dict(headers)
    found = Target(port, path, folder / "headers", folder / "bodies")
    found.headers.write_text("".join(f"{name}: {value}\n" for name, value in lines.items()))
    found.bodies.write_bytes(b"".join(body + b"\n" for body in bodies))
    return found


def check_present() -> None:
    """Ends the program with what to do where wrk is not installed."""
    if shutil.which("wrk") is None:
        raise SystemExit("The load generator wrk is not installed: apt-get install wrk")


def lap(target: Target, *, connections: int, seconds: int) -> Lap:
    """Load for ``seconds`` by that many connections, each with one request under way.

    Raises OSError where nobody takes connections there.
    """
    done = subprocess.run(
        [
            *("wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"),
            *("--timeout", f"{_PATIENCE_S}s", "--script", str(_SCRIPT), f"http://127.0.0.1:{target.port}/"),
            *("--", target.path, str(target.headers), str(target.bodies)),
        ],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise OSError(f"wrk: {done.stdout}{done.stderr}".strip())
    found = json.loads(done.stdout.splitlines()[-1])
    good = found["answers"] - found["refused"]
    return Lap(good / found["seconds"], found["p50_ms"], found["p99_ms"], found["refused"], found["broken"])
