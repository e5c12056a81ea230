"""What runs by itself: one table of default schedules, and the rows of the scheduler made from it.

The rows belong to whoever edits them in the admin: what exists is never changed unless it is asked for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.errors import Code, NotFound

_UNITS = (
    (86_400, IntervalSchedule.DAYS),
    (3_600, IntervalSchedule.HOURS),
    (60, IntervalSchedule.MINUTES),
    (1, IntervalSchedule.SECONDS),
)
DAY, HOUR = 86_400, 3_600


@dataclass(frozen=True, slots=True)
class Default:
    """One schedule of the product: the task by its name, seconds between two runs, and what it is for."""

    name: str
    task: str
    every_s: int
    description: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True


DEFAULTS: tuple[Default, ...] = (
    Default(
        "scan-sources",
        "modelhub.transfers.tasks.scan_sources",
        300,
        "Looks into the training sources, and imports what is new where a source says so.",
    ),
    Default(
        "reconcile-imports",
        "modelhub.transfers.tasks.reconcile",
        30,
        "Takes up imports again whose worker died or was never told.",
    ),
    Default(
        "prune-transfers",
        "modelhub.transfers.tasks.prune",
        DAY,
        "Deletes import attempts from the history that ended long ago.",
        {"days": 90},
    ),
    Default(
        "check-store",
        "modelhub.registry.tasks.check_store",
        DAY,
        "Re-reads every stored file, and removes files that no version needs.",
    ),
    Default(
        "scrub-artefacts",
        "modelhub.registry.tasks.scrub_artefacts",
        HOUR,
        "Re-reads the stored files of the versions that serve, that served before them, or have an alias.",
    ),
    Default(
        "prune-versions",
        "modelhub.registry.tasks.prune_versions",
        DAY,
        "Deletes old versions that never served. Off until somebody wants it.",
        enabled=False,
    ),
    Default(
        "verify-audit",
        "modelhub.audit.tasks.verify",
        DAY,
        "Walks the audit trail and reports an entry that was changed or is missing.",
    ),
    Default(
        "prune-idempotency",
        "modelhub.api.tasks.prune_idempotency",
        HOUR,
        "Forgets answers kept for repeated requests after their day.",
    ),
    Default(
        "roll-up-metrics",
        "monitoring.tasks.roll_up",
        HOUR,
        "Sums the minutes of the metrics up to hours and days.",
    ),
    Default(
        "prune-metrics",
        "monitoring.tasks.prune",
        DAY,
        "Deletes metrics that are older than they are kept.",
        {"days": 365},
    ),
    Default(
        "check-drift",
        "monitoring.tasks.check_drift",
        900,
        "Compares what deployed versions see now with their reference, and opens or closes alerts.",
    ),
    Default(
        "deliver-notifications",
        "monitoring.tasks.deliver",
        15,
        "Sends mails and webhooks that wait, and tries failed ones again.",
    ),
    Default(
        "recover-metering",
        "monitoring.tasks.recover_metering",
        60,
        "Takes over metrics that a process left behind when it died.",
    ),
)


def ensure() -> list[Default]:
    """Every default schedule has a row; answers those that were missing. Existing rows stay as they are."""
    with transaction.atomic():
        present = set(PeriodicTask.objects.values_list("name", flat=True))
        missing = [default for default in DEFAULTS if default.name not in present]
        for default in missing:
            PeriodicTask.objects.create(name=default.name, **_fields(default))
    return missing


def reset(names: Sequence[str] | None, actor: Actor) -> list[Default]:
    """The rows of the named defaults, or of all with None, are as the product has them; answers which.

    Schedules that people made themselves are never touched. Raises NotFound (``not_found``) for a name
    that is no default; nothing is changed then.
    """
    by_name = {default.name: default for default in DEFAULTS}
    for name in names or ():
        if name not in by_name:
            known = ", ".join(by_name)
            raise NotFound(Code.NOT_FOUND, f"There is no default schedule {name[:80]!r}. Defaults: {known}.")
    wanted = [by_name[name] for name in names] if names is not None else list(DEFAULTS)
    with transaction.atomic():
        for default in wanted:
            fields = _fields(default) | {"crontab": None, "clocked": None, "solar": None}
            PeriodicTask.objects.update_or_create(name=default.name, defaults=fields)
        for default in wanted:
            trail.record("schedule.reset", default.name, actor, after={"every_s": default.every_s})
    return wanted


def _fields(default: Default) -> dict[str, Any]:
    return {
        "task": default.task,
        "interval": _interval(default.every_s),
        "kwargs": json.dumps(dict(default.kwargs)),
        "description": default.description,
        "enabled": default.enabled,
        # While no worker runs, messages must not pile up: the next one does the same work.
        "expire_seconds": max(default.every_s, 60),
    }


def _interval(every_s: int) -> IntervalSchedule:
    """The interval in its largest whole unit; the scheduler's table has no constraint, so the first fits."""
    seconds, unit = next(pair for pair in _UNITS if every_s % pair[0] == 0)
    same = IntervalSchedule.objects.filter(every=every_s // seconds, period=unit).order_by("id")
    return same.first() or IntervalSchedule.objects.create(every=every_s // seconds, period=unit)
