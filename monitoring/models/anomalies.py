"""What was found: anomalies in scored logs."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from modelhub.registry.models import ModelVersion


class Anomaly(models.Model):
    """One log record that a version scored above its threshold. Append-only.

    The same record scored again by the same version is the same row, so retries add nothing; an id is
    only as unique as its sender makes it, so the content counts too.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="anomalies")
    run = models.CharField(max_length=64, help_text="Request id or job that scored the record.")
    record_id = models.CharField(max_length=128, help_text="Given by the sender, or a content hash.")
    content = models.CharField(max_length=64, blank=True, help_text="Hash of what the record says.")
    observed_at = models.DateTimeField(help_text="Time of the record, UTC.")
    recorded_at = models.DateTimeField(default=timezone.now)
    host = models.CharField(max_length=255, blank=True)
    program = models.CharField(max_length=255, blank=True)
    level = models.CharField(max_length=16, blank=True)
    message = models.TextField()
    score = models.FloatField(help_text="Higher is more anomalous.")
    threshold = models.FloatField()
    severity = models.FloatField(help_text="0 to 100, from the tail of the calibration scores.")
    reasons = models.JSONField(
        default=list, help_text="Features that raised the score most: name, value, usual, contribution."
    )

    class Meta:
        ordering = ["-observed_at", "-id"]
        verbose_name_plural = "anomalies"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "record_id", "content"], name="anomaly_once_per_version"
            )
        ]
        indexes = [
            models.Index(fields=["-observed_at", "-id"], name="anomaly_newest_idx"),
            models.Index(fields=["-severity", "-id"], name="anomaly_severest_idx"),
            models.Index(fields=["run"], name="anomaly_run_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.severity:.0f} {self.message[:60]}"
