"""How a serving process stands, in a word: as it reports itself, and against what the registry asks for."""

from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from inference.models import Replica

SILENT_AFTER = timedelta(seconds=30)  # three reports that did not come


class State(StrEnum):
    """What a process says of itself for one registered model."""

    SERVING = "serving"
    DEGRADED = "degraded"  # another version than the wanted one answers, for it could not be loaded
    EMPTY = "empty"  # nothing answers
    STALE = "stale"  # the process has not reported for half a minute


_TONES = {State.SERVING: "good", State.DEGRADED: "bad", State.EMPTY: "bad", State.STALE: "mute"}


def state_of(replica: Replica) -> State:
    """The state that the process last reported, or that it fell silent."""
    if timezone.now() - replica.seen_at > SILENT_AFTER:
        return State.STALE
    if replica.version_id is None:
        return State.EMPTY
    return State.DEGRADED if replica.problem else State.SERVING


def agreement(replica: Replica, *, wanted: int) -> tuple[str, str]:
    """(word, tone) for a process against the generation ``wanted`` by its registered model.

    The word is its state, or "behind" while it serves an older generation that it will soon leave.
    """
    state = state_of(replica)
    if state is State.SERVING and replica.generation != wanted:
        return "behind", "warn"
    return state.value, _TONES[state]
