"""Whose a piece of work is: a name for a process that no later process can have, and whether it lives."""

import os
import socket
from pathlib import Path

_START_TIME = 19  # of the fields after the command's name in /proc/PID/stat: clock ticks since boot


def this_process() -> str:
    """Host, process namespace, id and start time of this process, at most 128 characters."""
    pid = os.getpid()
    return f"{_place()} {pid} {_started(pid)}"


def is_gone(owner: str) -> bool | None:
    """Whether the process that :func:`this_process` named has ended; None for one of another machine."""
    place, _, process = owner.partition(" ")
    if place != _place():
        return None
    pid, _, started = process.partition(" ")
    return not pid.isdecimal() or _started(int(pid)) != started


def _place() -> str:
    """Containers may share a name but not their process ids, so the namespace counts too."""
    return f"{socket.gethostname()[:64].replace(' ', '-')}/{os.stat('/proc/self/ns/pid').st_ino}"


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "gone"
    fields = stat.rpartition(")")[2].split()
    return "gone" if fields[0] in "ZX" else fields[_START_TIME]
