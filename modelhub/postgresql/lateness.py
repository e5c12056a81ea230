"""How late the database server answered one call so far: statements that are late add up.

Each of them may be answered in time for itself, and the call still take minutes.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from django.core import signals

LATE_S = 1.0  # what is answered sooner does not count: a long piece of work may ask very often


@dataclass(slots=True)
class Lateness:
    """Seconds that one call has waited for late answers."""

    total_s: float = 0.0

    def add(self, waited_s: float) -> None:
        """An answer, or the end of waiting for one, took that long."""
        if waited_s > LATE_S:
            self.total_s += waited_s


_of_call: ContextVar[Lateness | None] = ContextVar("lateness", default=None)


def so_far() -> Lateness:
    """That of the call at hand; outside of calls every wait stands for itself."""
    return _of_call.get() or Lateness()


def _begin(**_: object) -> None:
    _of_call.set(Lateness())


def _end(**_: object) -> None:
    _of_call.set(None)


signals.request_started.connect(_begin)
signals.request_finished.connect(_end)
