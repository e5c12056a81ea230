"""What a result has to say about the machine and the moment it was measured on."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path


def described() -> dict[str, str | int]:
    """Processor, cores, memory, system, Python, time (UTC), revision of the code and load when it ended."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _line("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count() or 0,
        "memory": _line("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "revision": _revision(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def say(text: str) -> None:
    """Progress goes to stderr; stdout has the tables alone."""
    print(text, file=sys.stderr, flush=True)


def _line(file: str, name: str) -> str:
    try:
        lines = Path(file).read_text().splitlines()
    except OSError:  # not Linux
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _revision() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return done.stdout.strip() or "unknown"
