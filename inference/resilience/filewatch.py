"""The stored files of what this process serves: damage is noticed within seconds of its happening.

A look costs one ``stat`` per file; only a file that changed its looks is read again. What rots without any
change of time or size is found by the hourly scrub.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from inference.resilience import corruption
from inference.serving.slots import Held
from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.registry import scrub, storecheck
from modelhub.registry.models import ModelVersion

LOOK_S = 2.0
AGAIN_S = 60.0

Looks = tuple[tuple[int, ...] | None, ...]


@dataclass(slots=True)
class _Seen:
    paths: list[Path]
    looks: Looks | None = None
    fault: str = ""
    looked_s: float = -LOOK_S
    told_s: float = 0.0


class FileWatch:
    """The files of the versions that one process should serve; used by one thread."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._seen: dict[tuple[int, int], _Seen] = {}

    def look(self, held: Held) -> None:
        """Damage of the version that should serve is marked and told, and so is its end.

        Raises DatabaseError.
        """
        if held.wanted is None:
            return
        seen, now_s = self._of(held.wanted, held.generation), time.monotonic()
        if now_s - seen.looked_s < LOOK_S:
            return
        seen.looked_s = now_s
        looks = tuple(_looks(path) for path in seen.paths)
        is_due = bool(seen.fault) and now_s - seen.told_s >= AGAIN_S
        if looks != seen.looks or is_due:
            self._read(held.wanted, seen)
            seen.looks = looks

    def found_damaged(self, version: ModelVersion) -> bool:
        """True where the version's files are damaged, which is then marked and told. Raises DatabaseError."""
        seen = self._of(version, -1)
        self._read(version, seen)
        return bool(seen.fault)

    def _read(self, version: ModelVersion, seen: _Seen) -> None:
        row = ModelVersion.objects.select_related("model").filter(pk=version.pk).first()
        if row is None:  # deleted meanwhile
            return
        fault = storecheck.fault(row)
        if fault:
            corruption.note(row, fault, process=self._process)
        if fault or row.corrupt_at is not None:
            scrub.settle(row, fault)
        seen.fault, seen.told_s = fault, time.monotonic()

    def _of(self, version: ModelVersion, generation: int) -> _Seen:
        key = (version.pk, generation)
        if key not in self._seen:
            store = Store(conf.store_root())
            digests = version.artifacts.values_list("sha256", flat=True)
            if len(self._seen) > 64:
                self._seen.clear()
            self._seen[key] = _Seen([store.path(digest) for digest in digests])
        return self._seen[key]


def _looks(path: Path) -> tuple[int, ...] | None:
    """What changes when a file or its rights do; None where it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    readable = os.access(path, os.R_OK)
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode, int(readable))
