"""Numbers of anomalies that a trainer wrote down somewhere in its metadata."""

import re
from dataclasses import dataclass

from inference.validation import claims
from inference.validation.subject import Subject

_NAMES = re.compile(r"anomal|outlier", re.IGNORECASE)
_OTHER = re.compile(
    r"ratio|rate|percent|share|fraction|threshold|score|contamination|samples_seen", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A count of anomalies among ``rows`` training rows, and the field that holds it."""

    name: str
    count: int
    rows: int


def most_anomalies(subject: Subject) -> Recorded | None:
    """The largest recorded count of anomalies that fits the number of training rows."""
    rows = subject.training_samples
    if rows is None or rows < 1:
        return None
    found = [
        Recorded(".".join(path[1:])[-120:], value, rows)
        for path, value in claims.leaves(subject.metadata)
        if path
        and isinstance(value, int)
        and not isinstance(value, bool)
        and 1 < value <= rows
        and _is_count(path)
    ]
    return max(found, key=lambda recorded: (recorded.count, recorded.name), default=None)


def _is_count(path: tuple[str, ...]) -> bool:
    return bool(_NAMES.search(path[-1])) and not _OTHER.search(path[-1])
