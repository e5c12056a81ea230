"""How scoring went: mergeable aggregates of a time span, never a row per request."""

from __future__ import annotations

from django.db import models
from django.db.models import TextChoices
from django.utils import timezone

from modelhub.registry.models import ModelVersion


class Resolution(TextChoices):
    """Length of the time span that a row is about."""

    MINUTE = "minute", "Minute"
    HOUR = "hour", "Hour"
    DAY = "day", "Day"


class InferenceMetric(models.Model):
    """What one process scored with one version in one span; rows of any spans and processes can be added up.

    A process rewrites its own row of the running minute with absolute values, so a repeated write
    changes nothing. Rolled-up rows have an empty ``process``.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="inference_metrics")
    resolution = models.CharField(max_length=8, choices=Resolution, default=Resolution.MINUTE)
    start = models.DateTimeField(help_text="Beginning of the span, UTC.")
    process = models.CharField(max_length=64, blank=True, help_text="Host, process id and start time.")
    requests = models.PositiveBigIntegerField(default=0, help_text="Answered requests, failed ones included.")
    errors = models.PositiveBigIntegerField(default=0, help_text="Requests that this version failed.")
    records = models.PositiveBigIntegerField(default=0, help_text="Records or feature rows scored.")
    anomalies = models.PositiveBigIntegerField(default=0)
    duration_sum_s = models.FloatField(default=0.0, help_text="Seconds spent scoring, over all requests.")
    duration_min_s = models.FloatField(null=True, help_text="Quickest request.")
    duration_max_s = models.FloatField(null=True, help_text="Slowest request.")
    score_sum = models.FloatField(default=0.0)
    durations = models.JSONField(default=dict, help_text="Histogram of seconds per request.")
    scores = models.BinaryField(default=bytes, help_text="Profile of scores.")
    features = models.BinaryField(default=bytes, help_text="Profile of feature values.")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-start", "-id"]
        verbose_name = "inference metric"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "resolution", "start", "process"], name="inference_metric_once"
            )
        ]
        indexes = [
            models.Index(fields=["resolution", "start"], name="inference_metric_age_idx"),
            models.Index(fields=["version", "start"], name="inference_metric_window_idx"),
        ]
        permissions = [("cleanup_metrics", "Can delete old inference metrics")]

    def __str__(self) -> str:
        return f"{self.version} {self.resolution} {self.start:%Y-%m-%d %H:%M}"


class MeteredProcess(models.Model):
    """What one process recorded for one version, and what of it was lost when the process was killed."""

    process = models.CharField(max_length=64)
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="metered_processes")
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, help_text="When it last wrote.")
    ended_at = models.DateTimeField(null=True, blank=True)
    recorded = models.PositiveBigIntegerField(default=0, help_text="Requests in its metric rows.")
    lost = models.PositiveBigIntegerField(default=0, help_text="Requests answered but never recorded.")

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name_plural = "metered processes"
        constraints = [models.UniqueConstraint(fields=["process", "version"], name="metered_process_once")]
        indexes = [models.Index(fields=["version", "seen_at"], name="metered_process_seen_idx")]

    def __str__(self) -> str:
        return self.process
