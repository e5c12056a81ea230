"""Try the four things a locked child must not be able to do."""

import os
import socket
from collections.abc import Callable
from typing import Any

from modelhub.artifacts.quarantine.framing import Message


def prepare(spec: dict[str, Any]) -> None:
    """Everything is imported already."""


def work(prepared: None, spec: dict[str, Any], message: Message) -> tuple[dict[str, Any], list[bytes]]:
    """``open`` names the attempts that succeeded; it should be empty."""
    attempts: dict[str, Callable[[], object]] = {
        "write": lambda: os.close(os.open(spec["target"], os.O_CREAT | os.O_WRONLY)),
        "open": lambda: os.close(os.open("/proc/self/status", os.O_RDONLY)),
        "connect": _connect,
        "fork": _fork,
    }
    return {"open": [name for name, attempt in attempts.items() if _succeeds(attempt)]}, []


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _connect() -> None:
    """Port 9 of this machine: refused means that the network was reached, so it counts as success."""
    try:
        with socket.socket() as connection:
            connection.settimeout(1)
            connection.connect(("127.0.0.1", 9))
    except ConnectionRefusedError:
        return


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
