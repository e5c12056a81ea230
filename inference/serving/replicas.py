"""The rows in which a serving process says what it holds, how large it is, and that it is alive."""

import os
import socket
import time
from datetime import datetime, timedelta
from multiprocessing import util

from django.db import DatabaseError, connections
from django.utils import timezone

from inference.models import Replica
from inference.serving import degradation, loading
from inference.serving.memory import give_back, resident_bytes
from inference.serving.slots import Held

REPORT_S = 10.0
FORGET_S = 60.0


def report(reporter: "Reporter") -> None:
    """Write what this process serves where it changed or the last report is old; drop silent processes."""
    for held in loading.held():
        if reporter.write(held):
            reporter.untold[held.model_name] = held
    is_due = reporter.drop_silent()
    degradation.tell(list(reporter.untold.values()), process=reporter.process, is_due=is_due)
    reporter.untold.clear()


class Reporter:
    """The rows of one process; remembers what it wrote so that an unchanged state costs no query."""

    def __init__(self, process: str, started_at: datetime | None = None) -> None:
        self.process = process
        self.started_at = started_at or timezone.now()
        self.untold: dict[str, Held] = {}  # news that no alert has told of yet
        self._written: dict[str, tuple[tuple[object, ...], float]] = {}
        self._swept_s = 0.0
        self._has_left = False

    @classmethod
    def of_this_process(cls) -> "Reporter":
        """A reporter whose rows are gone once the process has ended in order."""
        reporter = cls(process_name())
        # Also run where atexit is not: in the forked workers of the web server.
        util.Finalize(None, reporter.leave, exitpriority=50)
        return reporter

    def write(self, held: Held) -> bool:
        """The row of one registered model says what is held now; True where that is news."""
        if held.wanted is None or self._has_left:
            return False
        version_id = held.slot.version.pk if held.slot else None
        state = (version_id, held.slot.generation if held.slot else held.generation, held.problem)
        known, written_s = self._written.get(held.model_name, ((), 0.0))
        if known == state and time.monotonic() - written_s < REPORT_S:
            return False
        give_back()  # else the row would also count what is free
        Replica.objects.update_or_create(
            process=self.process,
            model_id=held.wanted.model_id,
            defaults={
                "version_id": state[0],
                "generation": state[1],
                "problem": state[2],
                "loaded_at": held.slot.loaded_at if held.slot else None,
                "started_at": self.started_at,
                "memory_bytes": resident_bytes(),
                "seen_at": timezone.now(),
            },
        )
        self._written[held.model_name] = (state, time.monotonic())
        return known != state

    def drop_silent(self) -> bool:
        """Rows of processes that have not reported for a minute are deleted, at most every ten seconds.

        True where it was time to look.
        """
        if time.monotonic() - self._swept_s < REPORT_S:
            return False
        self._swept_s = time.monotonic()
        Replica.objects.filter(seen_at__lt=timezone.now() - timedelta(seconds=FORGET_S)).delete()
        return True

    def leave(self) -> None:
        """No row of this process is left, if the database answers; else they are dropped as silent ones."""
        try:
            self.write_off()
        except DatabaseError:
            return
        finally:
            connections.close_all()

    def write_off(self) -> None:
        """No row of this process is there, and none is written any more. Raises DatabaseError."""
        self._has_left = True
        Replica.objects.filter(process=self.process).delete()


def process_name() -> str:
    """Host, process id and start time: never equal for two processes, at most 64 characters."""
    suffix = f":{os.getpid()}:{int(time.time())}"
    return socket.gethostname()[: 64 - len(suffix)] + suffix
