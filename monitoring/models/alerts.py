"""What somebody should look at: opened once, counted while it lasts, closed when it is over."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, TextChoices
from django.utils import timezone

from modelhub.registry.models import ModelVersion


class AlertKind(TextChoices):
    """What an alert is about."""

    DRIFT = "drift", "Drift"
    EARLY_WARNING = "early_warning", "Early warning"
    DEGRADED = "degraded", "Degraded serving"
    FALLBACK = "fallback", "Fallback"
    CORRUPT = "corrupt", "Damaged artefact"


class Alert(models.Model):
    """One condition of one version from its first to its last sighting."""

    kind = models.CharField(max_length=32, choices=AlertKind)
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="alerts")
    subject = models.CharField(max_length=64, blank=True, help_text="What of the version, such as score.")
    summary = models.CharField(max_length=300)
    facts = models.JSONField(default=dict)
    sightings = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    close_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version", "subject"],
                condition=Q(closed_at__isnull=True),
                name="one_open_alert_per_condition",
            )
        ]
        permissions = [("close_alert", "Can close alerts")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.summary}"

    @property
    def is_open(self) -> bool:
        """True while the condition lasts."""
        return self.closed_at is None
