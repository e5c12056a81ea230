"""Whether the database server says nothing at all, judged by the waits for it that are under way.

A server that is stopped, not ended, keeps its connections open: no error ever comes, and its own time
limits do not run. One long wait proves nothing (somebody may hold a row); a long wait during which nobody
else of this process was answered either does, for the watcher asks twice a second.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AFTER_S = 2.5  # longer than the wait for a row that somebody holds
EXPIRES_S = 15.0  # then others try as well: the patient one may have ended


class Silence:
    """The waits of this process; ``now`` is a monotonic clock in seconds."""

    def __init__(self) -> None:
        self._since: dict[object, float] = {}
        self._answered_s = self._declared_s = float("-inf")

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within the block this thread waits for an answer.

        Leave by :class:`Unanswered` where none came: any other end, an error too, is an answer.
        """
        wait = object()
        self._since[wait] = time.monotonic()
        try:
            yield
        except Unanswered:
            raise
        except BaseException:
            self._answered_s = time.monotonic()
            raise
        else:
            self._answered_s = time.monotonic()
        finally:
            del self._since[wait]

    def is_on(self) -> bool:
        """True while the server is known to say nothing."""
        now_s = time.monotonic()
        oldest_s = min((s for s in list(self._since.values()) if s > self._answered_s), default=now_s)
        if now_s - oldest_s > AFTER_S:
            self._declared_s = now_s
        return self._answered_s < self._declared_s and now_s - self._declared_s < EXPIRES_S


class Unanswered(Exception):
    """The wait ended without an answer."""


silence = Silence()
_thread = threading.local()


def wait_patiently() -> None:
    """This thread goes on asking a silent server, so that somebody notices when it answers again."""
    _thread.is_patient = True


def is_patient() -> bool:
    """True in a thread that said so."""
    return getattr(_thread, "is_patient", False)
