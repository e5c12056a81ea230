"""A child gives up everything but computing; it does so itself, in its own main."""

import ctypes
import os
import resource
import signal
from dataclasses import dataclass

from modelhub.artifacts.quarantine import landlock, seccomp

_NOBODY = 65534
_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_PDEATHSIG, _SET_DUMPABLE, _NO_NEW_PRIVS = 1, 4, 38


@dataclass(frozen=True, slots=True)
class Layers:
    """Which layers a child tries. Everything is on except in tests that simulate a poorer machine."""

    namespaces: bool = True
    drop_user: bool = True
    landlock: bool = True
    seccomp: bool = True


def isolate_early(layers: Layers) -> bool:
    """Before the imports, while there is one thread: an own, empty network; True where that worked."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not layers.namespaces:
        return False
    flags = _NEW_NET | _NEW_IPC
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0:
        flags |= _NEW_USER
    return bool(libc.unshare(flags) == 0)


def lock(layers: Layers, *, seconds: int, memory_bytes: int) -> tuple[str, ...]:
    """After the imports, before any foreign byte; the names of the layers that hold from now on.

    Order matters: limits and user first, because the filter allows neither call; the filter last.
    """
    held = []
    libc = ctypes.CDLL(None, use_errno=True)
    if layers.drop_user and _drop_user():
        held.append("user")
    libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after the change of user, which clears it
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return tuple(held)
    _limit(seconds, memory_bytes)
    held.append("limits")
    if layers.landlock and landlock.restrict():
        held.append("landlock")
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # Landlock needed one descriptor
    if layers.seccomp and seccomp.install():
        held.append("seccomp")
    return tuple(held)


def _drop_user() -> bool:
    if os.geteuid() != 0:
        return False
    try:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    except OSError:
        return False  # a container without that capability; the filter does not depend on it
    return True


def _limit(seconds: int, memory_bytes: int) -> None:
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: seconds + 1 + int(resource.getrusage(resource.RUSAGE_SELF).ru_utime),
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))
