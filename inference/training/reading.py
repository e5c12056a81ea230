"""Which lines of which files a training reads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from inference.logfiles import read_records
from inference.records import LogRecord


@dataclass(slots=True)
class Reading:
    """A pass over log files, and afterwards how many lines were records and how many were not."""

    paths: Sequence[str]
    on_bytes: Callable[[int], None] | None = None
    accepted: int = field(default=0, init=False)
    rejected: int = field(default=0, init=False)

    def records(self, *, limit: int | None = None) -> Iterator[LogRecord]:
        """The usable records in the order of files and lines, the first ``limit`` of them.

        Raises:
            OSError: a file cannot be opened or read.
        """
        return islice(self._all(), limit)

    def _all(self) -> Iterator[LogRecord]:
        for path in self.paths:
            for line in read_records(path, on_bytes=self.on_bytes):
                if line.record is None:
                    self.rejected += 1
                else:
                    self.accepted += 1
                    yield line.record


def count(paths: Sequence[str], *, on_bytes: Callable[[int], None] | None = None) -> int:
    """How many usable records the files hold."""
    return sum(1 for _ in Reading(paths, on_bytes).records())
