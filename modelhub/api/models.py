"""Operations that a client named with an ``Idempotency-Key``, and the answers they were given."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """One operation of one caller: claimed before it runs, with its answer once that is final."""

    caller = models.CharField(max_length=150)
    operation = models.CharField(max_length=64, help_text="SHA-256 of method and path.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of query and body.")
    claim = models.CharField(max_length=32, db_index=True, help_text="Of the run that may write the answer.")
    owner = models.CharField(max_length=128, help_text="Process that runs it.")
    claimed_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status; none while it runs.")
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [
            # The truth of "one execution": whoever cannot insert the row does not run.
            models.UniqueConstraint(fields=["caller", "operation", "key"], name="idempotency_key_unique")
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
