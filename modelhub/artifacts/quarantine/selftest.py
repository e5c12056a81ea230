"""Can foreign models be opened on this machine? Measured in a real child, kept for the process."""

import tempfile
import threading
import time
from enum import StrEnum
from pathlib import Path

from modelhub.artifacts.quarantine.limits import Limits
from modelhub.artifacts.quarantine.lockdown import Layers
from modelhub.artifacts.quarantine.process import Child, ChildEnded

_JOB = "modelhub.artifacts.quarantine.jobs.selftest"
_SECONDS = 10
RETRY_S = 60.0


class QuarantineLevel(StrEnum):
    """``minimum``: system-call filter and limits hold. ``full``: network namespace and Landlock too."""

    FULL = "full"
    MINIMUM = "minimum"
    NONE = "none"


_lock = threading.Lock()
_kept: QuarantineLevel | None = None
_measured_at = 0.0


def level() -> QuarantineLevel:
    """The level of this machine. ``none`` means that no package with a pickle can be imported.

    The first call measures (a fraction of a second; a serving process makes it at its start) and a
    good result is kept for the life of the process. A crowded machine can fail the test once, so
    ``none`` is measured again, but not within a minute: callers need no account to ask for this.
    """
    global _kept, _measured_at
    with _lock:
        is_stale = _kept is QuarantineLevel.NONE and time.monotonic() - _measured_at >= RETRY_S
        if _kept is None or is_stale:
            _kept, _measured_at = measure(), time.monotonic()
        return _kept


def measure(layers: Layers | None = None) -> QuarantineLevel:
    """Run the four probes (write, open, connect, fork) now; ``layers`` simulates a poorer machine."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)  # so that only the lock-down, not the folder, can stop the write
        target = Path(folder) / "probe"
        try:
            with Child(
                _JOB, {"target": str(target)}, limits=Limits(seconds=_SECONDS), layers=layers
            ) as child:
                header = child.result().header
        except (ChildEnded, OSError):
            return QuarantineLevel.NONE
        held, succeeded = header.get("layers"), header.get("open")
        if succeeded != [] or not isinstance(held, list) or target.exists():
            return QuarantineLevel.NONE
    if not {"limits", "seccomp"} <= set(held):
        return QuarantineLevel.NONE
    return QuarantineLevel.FULL if {"landlock", "namespaces"} <= set(held) else QuarantineLevel.MINIMUM
