"""A flush: what a meter counted becomes rows. Values are absolute, so a repeated write changes nothing."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from modelhub.registry.models import ModelVersion
from monitoring.metering import rows
from monitoring.metering.meter import Meter, Span, Total, Written
from monitoring.models import InferenceMetric, MeteredProcess
from monitoring.models.metrics import Resolution

log = logging.getLogger(__name__)


def flush(meter: Meter, *, started_at: datetime, is_last: bool = False) -> None:
    """Everything the meter has recorded is in the database. Raises DatabaseError; the meter then keeps it.

    ``is_last`` marks the process as ended.
    """
    meter.drain()
    with meter.frozen() as (spans, totals):
        done = [Written(span, span.revision, span.counted.requests) for span in spans]
        metrics = [_metric(meter.process, span) for span in spans]
    if metrics or (is_last and totals):
        processes = _processes(meter.process, totals, started_at, is_last=is_last)
        try:
            write(metrics, processes)
        except IntegrityError:
            _leave_out_the_gone(meter, [span.version_id for span in spans])
            raise
    meter.written(done)


def write(metrics: list[InferenceMetric], processes: list[MeteredProcess]) -> None:
    """These rows are in the database with these values, new or in place of what they were."""
    with transaction.atomic():
        InferenceMetric.objects.bulk_create(
            metrics, update_conflicts=True, unique_fields=rows.KEY, update_fields=rows.COLUMNS
        )
        MeteredProcess.objects.bulk_create(
            processes,
            update_conflicts=True,
            unique_fields=["process", "version"],
            update_fields=["seen_at", "ended_at", "recorded", "lost"],
        )


def _metric(process: str, span: Span) -> InferenceMetric:
    return InferenceMetric(
        version_id=span.version_id,
        resolution=Resolution.MINUTE,
        start=rows.moment_of(span.minute),
        process=process,
        updated_at=timezone.now(),
        **rows.columns_of(span.counted),
    )


def _processes(
    process: str, totals: dict[int, Total], started_at: datetime, *, is_last: bool
) -> list[MeteredProcess]:
    now = timezone.now()
    return [
        MeteredProcess(
            process=process,
            version_id=version_id,
            started_at=started_at,
            seen_at=now,
            ended_at=now if is_last else None,
            recorded=total.recorded,
            lost=total.dropped,
        )
        for version_id, total in totals.items()
    ]


def _leave_out_the_gone(meter: Meter, version_ids: list[int]) -> None:
    """A version whose row is gone would keep all others from being written."""
    known = ModelVersion.with_deleted.filter(pk__in=version_ids).values_list("pk", flat=True)
    gone = set(version_ids) - set(known)
    log.error("metrics of versions that are gone were dropped", extra={"versions": sorted(gone)})
    meter.give_up(gone)
