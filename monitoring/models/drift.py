"""What is usual for a version, and every comparison of what came in with it."""

from __future__ import annotations

from django.db import models
from django.db.models import TextChoices
from django.utils import timezone

from modelhub.registry.models import ModelVersion


class ReferenceKind(TextChoices):
    """Where a reference comes from."""

    TRAINING = "training", "Training profile"
    OBSERVED = "observed", "First stable window"


class ReferenceProfile(models.Model):
    """The bins that a version's values are counted in, and the distribution to compare later ones with.

    ``counted`` is False while the bins are known but the reference window is not full yet.
    """

    version = models.OneToOneField(ModelVersion, on_delete=models.CASCADE, related_name="reference_profile")
    kind = models.CharField(max_length=16, choices=ReferenceKind)
    counted = models.BooleanField(default=False)
    rows = models.PositiveBigIntegerField(default=0)
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    features = models.BinaryField(default=bytes)
    scores = models.BinaryField(default=bytes)
    durations = models.JSONField(default=dict)
    anomaly_rate = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.version} {self.kind}"


class Verdict(TextChoices):
    """What a drift check can say."""

    NO_DRIFT = "no_drift", "No drift"
    DRIFT = "drift", "Drift"
    INSUFFICIENT_DATA = "insufficient_data", "Insufficient data"


class DriftCheck(models.Model):
    """One comparison of a current window with the reference: windows, numbers, thresholds. Append-only."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="drift_checks")
    verdict = models.CharField(max_length=24, choices=Verdict)
    drift_score = models.FloatField(null=True, help_text="0 to 1: the largest effect found.")
    confidence = models.FloatField(null=True, help_text="1 minus the smallest adjusted p value.")
    threshold = models.FloatField(help_text="Significance level of the adjusted p values.")
    detail = models.TextField(blank=True, help_text="The verdict in words.")
    reference = models.JSONField(default=dict, help_text="kind, from, to, n")
    current = models.JSONField(default=dict, help_text="from, to, n")
    indicators = models.JSONField(default=dict)
    features = models.JSONField(default=list)
    distributions = models.JSONField(
        default=dict, help_text="For pictures: ranges of values with their shares then and now."
    )
    settings = models.JSONField(default=dict, help_text="Every threshold the check used.")
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    checked_at = models.DateTimeField(default=timezone.now)
    duration_s = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["version", "-id"], name="drift_check_newest_idx")]
        permissions = [("check_drift", "Can run drift checks")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.version} {self.verdict}"
