"""After a crash: scoring jobs whose process is gone become failed."""

import logging
from datetime import timedelta

from django.utils import timezone

from inference.choices import JobStatus
from inference.models import BatchJob
from modelhub import ownership

log = logging.getLogger(__name__)
_LONGEST = timedelta(days=1)  # a job of another machine, which nobody here can ask, is given up after it


def recover() -> int:
    """No job is called running without a living process behind it; answers how many were ended.

    Safe beside running jobs: one that was given up by mistake still ends as ``done``. Raises
    DatabaseError.
    """
    running = BatchJob.objects.filter(status=JobStatus.RUNNING)
    dead = [job.pk for job in running if _is_dead(job)]
    if not dead:
        return 0
    ended = running.filter(pk__in=dead).update(
        status=JobStatus.FAILED,
        detail="The process ended before the job did. Nothing was stored; run it again.",
        finished_at=timezone.now(),
    )
    log.warning("recovered scoring jobs", extra={"ended": ended})
    return ended


def _is_dead(job: BatchJob) -> bool:
    gone = ownership.is_gone(job.owner)
    return timezone.now() - job.started_at > _LONGEST if gone is None else gone
