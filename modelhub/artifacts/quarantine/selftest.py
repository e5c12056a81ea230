"""Can foreign models be opened on this machine? Measured in a real child, once per process."""

import tempfile
from enum import StrEnum
from functools import cache
from pathlib import Path

from modelhub.artifacts.quarantine.limits import Limits
from modelhub.artifacts.quarantine.lockdown import Layers
from modelhub.artifacts.quarantine.process import Child, ChildEnded

_JOB = "modelhub.artifacts.quarantine.jobs.selftest"
_SECONDS = 10


class QuarantineLevel(StrEnum):
    """``minimum``: system-call filter and limits hold. ``full``: network namespace and Landlock too."""

    FULL = "full"
    MINIMUM = "minimum"
    NONE = "none"


def level() -> QuarantineLevel:
    """The level of this machine. ``none`` means that no package with a pickle can be imported.

    A good result is kept for the life of the process; ``none`` is measured again at the next call,
    because a crowded machine can fail the test once.
    """
    found = _kept()
    if found is QuarantineLevel.NONE:
        _kept.cache_clear()
    return found


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


@cache
def _kept() -> QuarantineLevel:
    return measure()
