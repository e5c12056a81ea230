"""Requests that wait to be counted: with all their rows while these are few, in a rush with some of them."""

import random
from collections import defaultdict

from msgspec.structs import replace

from monitoring.metering.contract import Observation
from monitoring.metering.sampling import Rows, rows_of, share_of

MOST = 512  # requests
MOST_ROWS = 32_000  # of those requests
WHOLE_ROWS = 1_000  # of one version that wait with their features before its rush begins
# Of the rows of a rush this share has its features kept. The memory of the others is free at once, and so it
# is still in the cache when the next request uses it.
ONE_IN = 32


class Buffer:
    """Observations with their minutes, in the order they came. Not safe against other threads."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Observation, Rows]] = []
        self._rows = 0
        self._rows_of: dict[int, int] = defaultdict(int)

    def put(self, minute: int, observation: Observation) -> bool:
        """One more waits; True where it is time to take them all."""
        version, count = observation.version_id, len(observation.scores)
        if self._rows_of[version] >= WHOLE_ROWS and observation.features is not None:
            first = int(random.random() * ONE_IN)  # noqa: S311  # a sample, no secret
            rows = share_of(observation, one_in=ONE_IN, first=first)
            observation = replace(observation, features=None)
        else:
            rows = rows_of(observation)
        self._waiting.append((minute, observation, rows))
        self._rows += count
        self._rows_of[version] += count
        return len(self._waiting) >= MOST or self._rows >= MOST_ROWS

    def take(self) -> list[tuple[int, Observation, Rows]]:
        """What waits, and nothing does any more: the minute, what is to be counted, and rows for profiles."""
        taken, self._waiting, self._rows = self._waiting, [], 0
        self._rows_of.clear()
        return taken

    def keys(self) -> set[tuple[int, int]]:
        """Version ids and minutes of what waits."""
        return {(one.version_id, minute) for minute, one, _ in self._waiting}
