"""Who serves what, and which files were scored."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from inference.choices import FaultKind, JobStatus
from modelhub.registry.models import ModelVersion, RegisteredModel


class Replica(models.Model):
    """What one serving process holds for one registered model, as it last reported.

    ``version`` and ``loaded_at`` are null while it holds nothing; ``generation`` is then the one it
    could not load.
    """

    process = models.CharField(max_length=64, help_text="Host, process id and start time.")
    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="replicas")
    version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    generation = models.PositiveBigIntegerField()
    loaded_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True, help_text="When the process began.")
    memory_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Resident memory of the process at its last report."
    )
    problem = models.TextField(blank=True, help_text="Why the newest generation could not be loaded.")

    class Meta:
        ordering = ["process"]
        constraints = [models.UniqueConstraint(fields=["process", "model"], name="replica_once")]

    def __str__(self) -> str:
        return f"{self.process} {self.model}"


class ServingFault(models.Model):
    """A version failed while it served: one row per tripped breaker, crash or bad load. Append-only."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="serving_faults")
    kind = models.CharField(max_length=16, choices=FaultKind)
    process = models.CharField(max_length=64, help_text="Host, process id and start time.")
    calls = models.PositiveIntegerField(default=1, help_text="Calls that this fault stands for.")
    detail = models.TextField(blank=True)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["version", "-happened_at"], name="fault_newest_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class BatchJob(models.Model):
    """One scoring of a log file: what was scored, by which version, with what result."""

    name = models.CharField(max_length=1024, help_text="The files scored, or - for standard input.")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="jobs")
    status = models.CharField(max_length=16, choices=JobStatus, default=JobStatus.RUNNING)
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    owner = models.CharField(max_length=128, blank=True, help_text="Process that scores the files.")
    batch_records = models.PositiveIntegerField(help_text="Records per batch; features depend on it.")
    records = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    anomalies = models.PositiveBigIntegerField(default=0)
    stored = models.PositiveBigIntegerField(
        default=0, help_text="Anomalies kept as new rows, severest first."
    )
    known = models.PositiveBigIntegerField(
        default=0, help_text="Anomalies whose rows this version had left before."
    )
    first_record_at = models.DateTimeField(null=True, blank=True)
    last_record_at = models.DateTimeField(null=True, blank=True)
    detail = models.TextField(blank=True, help_text="What went wrong, for a failed job.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "scoring job"

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


class ValidationReport(models.Model):
    """One run of all quality checks on a version: what was found, by which rules. Append-only."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="validation_reports")
    is_valid = models.BooleanField(help_text="No check failed.")
    score = models.FloatField(help_text="0 to 1, 1 without any finding.")
    rules = models.PositiveIntegerField(help_text="Version of the set of checks; only equal ones compare.")
    checks = models.JSONField(default=list, help_text="name, status, findings and figures of each check.")
    quality_metrics = models.JSONField(default=dict)
    reference_rows = models.PositiveIntegerField(
        default=0, help_text="Rows that the caller sent to check against."
    )
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    validated_at = models.DateTimeField(default=timezone.now)
    duration_s = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["version", "-id"], name="validation_newest_idx")]
        permissions = [("validate_version", "Can validate versions")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.version}"
