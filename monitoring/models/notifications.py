"""Who is told of alerts, and every message on its way (the outbox)."""

from __future__ import annotations

from django.db import models
from django.db.models import TextChoices
from django.utils import timezone

from monitoring.models.alerts import Alert


class ChannelKind(TextChoices):
    """How a message travels."""

    MAIL = "mail", "Mail"
    WEBHOOK = "webhook", "Signed webhook"


class DeliveryState(TextChoices):
    """Where a message is on its way."""

    PENDING = "pending", "Pending"
    SENT = "sent", "Sent"
    GIVEN_UP = "given_up", "Given up"


class NotificationChannel(models.Model):
    """One receiver of alerts."""

    name = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=ChannelKind)
    address = models.CharField(max_length=1024, help_text="Mail addresses (comma separated) or the URL.")
    secret_variable = models.CharField(
        max_length=64,
        blank=True,
        help_text="Webhook: environment variable that holds the signing secret, MODELHUB_SECRET_….",
    )
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "receiver of alerts"
        verbose_name_plural = "receivers of alerts"

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One message to one receiver: written with what it tells of, sent afterwards, tried again."""

    channel = models.ForeignKey(NotificationChannel, on_delete=models.CASCADE, related_name="deliveries")
    alert = models.ForeignKey(
        Alert, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    delivery_id = models.UUIDField(unique=True)
    event = models.CharField(max_length=64, help_text="alert.opened, alert.closed or test.")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "message"
        verbose_name_plural = "messages"
        indexes = [models.Index(fields=["state", "next_try_at"], name="delivery_due_idx")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.event} to {self.channel}"
