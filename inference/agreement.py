"""Whether a serving process holds what the registry asks for, in a word and a colour."""

from datetime import timedelta

from django.utils import timezone

from inference.models import Replica

SILENT_AFTER = timedelta(seconds=45)


def agreement(replica: Replica, *, wanted: int) -> tuple[str, str]:
    """(word, tone) for a process against the generation ``wanted`` by its registered model."""
    if timezone.now() - replica.seen_at > SILENT_AFTER:
        return "silent", "mute"
    if replica.problem:
        return "cannot load", "bad"
    return ("agrees", "good") if replica.generation == wanted else ("behind", "warn")
