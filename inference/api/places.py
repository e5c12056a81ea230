"""How many scoring requests this process answers at once; one more is told to come back in a second."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

RETRY_AFTER_S = 1


class Places:
    """A fixed number of places; taking and giving back are single operations that need no lock."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = deque([None] * most)

    def take(self) -> bool:
        """True and a place is taken, or False where none is free; nobody waits."""
        try:
            self._free.pop()
        except IndexError:
            return False
        return True

    def give_back(self) -> None:
        """A place that was taken is free again."""
        self._free.append(None)


class Occupying:
    """The pieces of an answer that is made while it is sent: its place is free once it ends or breaks off."""

    def __init__(self, pieces: Iterable[bytes], *, afterwards: Callable[[], None]) -> None:
        self._pieces = pieces
        self._afterwards = [afterwards]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        """Called by the server in the end, however it came; the second call does nothing."""
        try:
            close = getattr(self._pieces, "close", None)
            if close is not None:
                close()
        finally:
            if self._afterwards:
                self._afterwards.pop()()
