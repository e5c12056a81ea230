"""Small disks for tests: a file system of its own that can be filled to the last byte and emptied again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BALLAST = "ballast"


class Disk:
    """A file system in memory, mounted on ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def fill(self) -> None:
        """Not one more byte fits."""
        with (self.root / _BALLAST).open("ab") as ballast:
            for step in (1024 * 1024, 4096, 1):
                try:
                    while True:
                        os.posix_fallocate(ballast.fileno(), ballast.tell(), step)
                        ballast.seek(step, os.SEEK_CUR)
                except OSError:
                    continue

    def empty(self) -> None:
        """There is room again."""
        (self.root / _BALLAST).unlink()

    @property
    def free_bytes(self) -> int:
        """What a user may still write."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize


@contextmanager
def mounted(root: Path, *, megabytes: int) -> Iterator[Disk]:
    """An empty disk of that size on ``root``, gone afterwards; skips where mounting is not allowed."""
    root.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "modelhub-test", str(root)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield Disk(root)
    finally:
        subprocess.run(["umount", "--lazy", str(root)], check=True)
