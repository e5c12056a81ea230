"""Which lines of which files a training reads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from inference.logfiles import LogFormat, read_records
from inference.records import LogRecord
from modelhub.errors import Code, InputInvalid


@dataclass(slots=True)
class Reading:
    """A pass over log files, and afterwards how many lines were records and how many were not.

    ``log_format`` None means told from the first lines; ``year`` is that of the first line where times
    carry none.
    """

    paths: Sequence[str]
    on_bytes: Callable[[int], None] | None = None
    log_format: LogFormat | None = None
    year: int | None = None
    rejected: int = field(default=0, init=False)

    def records(self, *, limit: int | None = None) -> Iterator[LogRecord]:
        """The usable records in the order of files and lines, the first ``limit`` of them.

        Raises:
            OSError: a file cannot be opened or read.
            InputInvalid: a compressed file is cut off, or a file is no log.
        """
        return islice(self._all(), limit)

    def _all(self) -> Iterator[LogRecord]:
        for path in self.paths:
            for line in read_records(
                path, log_format=self.log_format, year=self.year, on_bytes=self.on_bytes
            ):
                if line.ends_file:
                    raise InputInvalid(
                        Code.RECORD_INVALID,
                        f"{path}: the compressed file is damaged or cut off. Fetch it again, or unpack "
                        "what is left of it and train on that.",
                    )
                if line.record is None:
                    self.rejected += 1
                else:
                    yield line.record
