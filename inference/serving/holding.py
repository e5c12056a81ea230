"""Versions that scoring holds at present: serving processes and running jobs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from inference.choices import JobStatus
from inference.models import BatchJob, Replica
from inference.serving.replicas import FORGET_S


def by_version(version_ids: Sequence[int]) -> Mapping[int, list[str]]:
    """For each version in use the uses in words; free ones have no entry. Hook ``VERSION_USES``."""
    found: dict[int, list[str]] = {}
    running = BatchJob.objects.filter(version__in=version_ids, status=JobStatus.RUNNING).order_by("id")
    for pk, job in running.values_list("version_id", "id"):
        found.setdefault(pk, []).append(f"scoring job #{job} runs with it")
    alive = timezone.now() - timedelta(seconds=FORGET_S)
    serving = Replica.objects.filter(version__in=version_ids, seen_at__gt=alive)
    for pk in sorted({pk for pk in serving.values_list("version_id", flat=True) if pk is not None}):
        found.setdefault(pk, []).append("a serving process holds it")
    return found
