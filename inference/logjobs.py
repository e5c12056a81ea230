"""Scoring log files as one job: bounded batches, the severest anomalies kept, one row that tells all."""

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from inference import analysis, jobrecovery, pipeline
from inference.analysis import Find
from inference.choices import JobStatus
from inference.logfiles import LogFormat, ParsedLine, read_records
from inference.models import BatchJob
from inference.pipeline import ScoredBatch
from inference.serving.slots import Slot
from inference.termination import Terminated
from modelhub import ownership
from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.errors import ModelhubError

log = logging.getLogger(__name__)
_FAULTS_SHOWN = 5
_MOST_LINES_PER_RECORD = 4
OnBatch = Callable[[str, Sequence[ParsedLine], ScoredBatch], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be scored and how: files (``-`` for standard input), records per batch, anomalies kept."""

    paths: Sequence[str]
    batch_records: int = 10_000
    keep: int = 1_000
    top: int = 10
    log_format: LogFormat | None = None
    year: int | None = None


@dataclass(slots=True)
class Tally:
    """What a job has seen so far; ``kept`` holds the severest finds, highest score first.

    ``first_at`` and ``last_at`` are times that the log itself names. At the end of a job ``kept`` is
    explained.
    """

    lines: int = 0
    rejected: int = 0
    anomalies: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    imputed: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    kept: list[Find] = field(default_factory=list)

    @property
    def scored(self) -> int:
        """Lines that became a record and got a score."""
        return self.lines - self.rejected


def run(
    wish: Wish,
    slot: Slot,
    actor: Actor,
    *,
    on_bytes: Callable[[int], None] | None = None,
    on_batch: OnBatch | None = None,
) -> tuple[BatchJob, Tally]:
    """Score the files; afterwards the job's row is ``done``, or ``failed`` with what stopped it.

    Its anomalies and ``done`` are one transaction. A job that was killed, or could not say that it
    failed, is ended by :mod:`inference.jobrecovery` when the next one starts.
    Batches never cross files. ``on_bytes`` hears the bytes read, ``on_batch`` each batch's file, lines and
    scores, in input order. Raises what stopped the job (InputInvalid, OSError,
    DatabaseError, KeyboardInterrupt, Terminated).
    """
    jobrecovery.recover()
    job = BatchJob.objects.create(
        name=", ".join(wish.paths)[:1024],
        version=slot.version,
        actor=actor.name[:150],
        channel=actor.channel,
        owner=ownership.this_process(),
        batch_records=wish.batch_records,
    )
    started, tally = time.monotonic(), Tally()
    try:
        _score(wish, slot, tally, on_bytes=on_bytes, on_batch=on_batch)
        tally.kept = analysis.explained(slot, tally.kept)
        with transaction.atomic():
            recorded = analysis.store(slot, tally.kept[: wish.keep], run=f"job-{job.pk}")
            job.stored, job.known = recorded.new, recorded.known
            _finish(job, tally, started, JobStatus.DONE)
    except BaseException as error:  # an interrupt ends the job too, and the row must say so
        _fail(job, tally, started, error)
        raise
    return job, tally


def _score(
    wish: Wish,
    slot: Slot,
    tally: Tally,
    *,
    on_bytes: Callable[[int], None] | None,
    on_batch: OnBatch | None,
) -> None:
    for path in wish.paths:
        lines = read_records(path, log_format=wish.log_format, year=wish.year, on_bytes=on_bytes)
        for batch in _batches(lines, wish.batch_records):
            records = [line.record for line in batch if line.record is not None]
            scored = pipeline.score_records(slot.model, records)
            _count(tally, path, batch, scored)
            found = analysis.finds(records, scored)
            tally.kept = analysis.severest(itertools.chain(tally.kept, found), max(wish.keep, wish.top))
            if on_batch is not None:
                on_batch(path, batch, scored)


def _batches(lines: Iterable[ParsedLine], size: int) -> Iterator[list[ParsedLine]]:
    """Runs of ``size`` usable records, as the trainer cuts them; unusable lines ride along, bounded."""
    batch: list[ParsedLine] = []
    usable = 0
    for line in lines:
        batch.append(line)
        usable += line.record is not None
        if usable == size or len(batch) >= _MOST_LINES_PER_RECORD * size:
            yield batch
            batch, usable = [], 0
    if batch:
        yield batch


def _count(tally: Tally, path: str, batch: Sequence[ParsedLine], scored: ScoredBatch) -> None:
    tally.lines += len(batch)
    tally.rejected += len(batch) - len(scored.scores)
    tally.anomalies += scored.anomalies
    tally.imputed.update(scored.imputed)
    times = [time for line in batch if (time := _written_time(line)) is not None]
    if times:
        tally.first_at = min(times) if tally.first_at is None else min(tally.first_at, *times)
        tally.last_at = max(times) if tally.last_at is None else max(tally.last_at, *times)
    for line in batch:
        if line.ends_file:
            tally.cut_off.append(path)
        if line.error and len(tally.faults) < _FAULTS_SHOWN:
            tally.faults.append(f"{path}, line {line.number}: {line.error}")


def _written_time(line: ParsedLine) -> datetime | None:
    record = line.record
    return None if record is None or record.timestamp_assumed else record.timestamp


def _fail(job: BatchJob, tally: Tally, started: float, error: BaseException) -> None:
    """The row says what stopped the job, unless it is done: an interrupt may come after the commit."""
    job.stored = job.known = 0
    try:
        with transaction.atomic():
            if BatchJob.objects.filter(pk=job.pk).exclude(status=JobStatus.DONE).exists():
                _finish(job, tally, started, JobStatus.FAILED, detail=_reason(error))
    except Exception:  # what stopped the job matters more; recovery will end the row
        log.exception("a failed job could not be written down", extra={"job": job.pk})


def _finish(job: BatchJob, tally: Tally, started: float, status: JobStatus, *, detail: str = "") -> None:
    job.status, job.detail = status, detail
    job.records, job.rejected, job.anomalies = tally.scored, tally.rejected, tally.anomalies
    job.first_record_at = tally.first_at.astimezone(UTC) if tally.first_at else None
    job.last_record_at = tally.last_at.astimezone(UTC) if tally.last_at else None
    job.finished_at, job.duration_s = timezone.now(), time.monotonic() - started
    job.save()
    done = status == JobStatus.DONE
    trail.record(
        "logs.score",
        f"job {job.pk}",
        Actor(job.actor, Channel(job.channel)),
        outcome=trail.Outcome.DONE if done else trail.Outcome.FAILED,
        detail=detail,
        after={"version": job.version.reference, "records": job.records, "anomalies": job.anomalies},
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, ModelhubError):
        return error.detail
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(error, Terminated):
        return "Terminated."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    return f"Stopped by an unexpected fault ({type(error).__name__})."
